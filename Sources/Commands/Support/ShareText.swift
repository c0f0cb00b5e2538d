/// A share in percent, in its colour: what is there but rounds to nothing reads `<1%`.
enum ShareText {
  static func make(_ part: Int, of whole: Int, _ style: Style) -> String {
    let percent = whole == 0 ? 0 : part * 100 / whole
    return style.share(percent, percent == 0 && part > 0 ? "<1%" : "\(percent)%")
  }
}
