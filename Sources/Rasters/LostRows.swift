/// Rows of a file that could not be read: all from the first one on.
struct LostRows: Hashable {
    var first: Int
    var error: RasterError

    /// Reads rows in their order until one fails.
    ///
    /// A decoder that has failed once goes on as if nothing had happened: libjpeg fills the rest with grey and warns no more. So
    /// nothing that follows a failure is believed. The file is opened anew and read up to there with smaller steps: at the end
    /// row by row. A file without damage is read once.
    ///
    /// - Parameter rowCount: of all rows, or of those that are not known to be lost.
    /// - Parameter steps: how many rows are read at a time, at first and after each failure; the last is 1.
    /// - Parameter open: opens the file anew.
    /// - Parameter read: reads these rows. Rows that were read are not asked for again.
    /// - Returns: `nil` where nothing fails.
    /// - Throws: errors other than `cannotRead`.
    static func search<Source: ~Copyable>(
        rowCount: Int, steps: [Int], open: () throws(RasterError) -> Source,
        read: (_ source: borrowing Source, _ rows: Range<Int>) throws(RasterError) -> Void
    ) throws(RasterError) -> LostRows? {
        precondition(steps.last == 1)
        var row = 0
        for step in steps {
            do throws(RasterError) {
                let source = try open()
                while row < rowCount {
                    let rows = row..<min(row + step, rowCount)
                    try read(source, rows)
                    row = rows.upperBound
                }
                return nil
            } catch {
                guard error.code == .cannotRead else { throw error }
                if step == 1 { return LostRows(first: row, error: error) }
            }
        }
        return nil
    }
}
