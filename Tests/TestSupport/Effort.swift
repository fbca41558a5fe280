import Foundation

/// How much the tests do that could do any amount: little in `make test`, more in `make test-long`.
public enum Effort {
    public static let isLong = ProcessInfo.processInfo.environment["TILESCOPE_TEST_LONG"] != nil

    public static func either(_ short: Int, orLong long: Int) -> Int { isLong ? long : short }
}
