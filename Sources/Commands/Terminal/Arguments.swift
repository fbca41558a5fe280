import Files
import Foundation

extension Tilescope {
    /// Ends with 64 where an argument is no UTF-8. Swift would replace its bytes, and another file would be looked for.
    public static func checkArguments() {
        for argument in UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc)) {
            guard let argument else { continue }
            let bytes = UnsafeRawBufferPointer(start: argument, count: strlen(argument))
            guard String(validating: bytes, as: UTF8.self) == nil else { continue }
            ProgressLine.tell(
                "Error: the name \(String(nameBytes: bytes).showingRawBytes) is not UTF-8; rename the file, or name the "
                    + "folder that it is in")
            exit(64)
        }
    }
}
