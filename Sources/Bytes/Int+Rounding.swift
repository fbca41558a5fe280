extension Int {
    /// The whole number nearest to a floating-point number; `nil` where that is not finite, or beyond what `Int` holds.
    ///
    /// For every number that comes from a file, a user or a division: `Int(value)` ends the process where this is `nil`.
    /// Where a number must be whole already, `Int(exactly:)` says so.
    package init?(rounding value: some BinaryFloatingPoint) { self.init(exactly: value.rounded()) }
}
