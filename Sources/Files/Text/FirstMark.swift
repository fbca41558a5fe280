extension StringProtocol {
    /// Where a mark of ASCII characters stands first; `nil` where it does not.
    ///
    /// By bytes: `firstRange(of:)` takes 60 µs for a path of 30 characters, which every image that is opened would pay
    /// several times.
    package func firstMark(_ mark: StaticString) -> Range<Index>? {
        let place = mark.withUTF8Buffer { mark in
            utf8.withContiguousStorageIfAvailable { Self.place(of: mark, in: $0) }
                ?? Array(utf8).withUnsafeBufferPointer { Self.place(of: mark, in: $0) }
        }
        guard let place else { return nil }
        let start = utf8.index(startIndex, offsetBy: place)
        return start..<utf8.index(start, offsetBy: mark.utf8CodeUnitCount)
    }

    private static func place(
        of mark: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>
    ) -> Int? {
        guard text.count >= mark.count else { return nil }
        return (0...text.count - mark.count).first { start in
            mark.indices.allSatisfy { text[start + $0] == mark[$0] }
        }
    }
}
