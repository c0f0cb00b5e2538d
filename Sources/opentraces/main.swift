internal import Commands
internal import Glibc

exit(CommandLineInterface.run(CommandLine.arguments))
