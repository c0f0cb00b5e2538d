/// The version of the program.
public enum ProductVersion {
  public static let text = "0.1.0"
}
