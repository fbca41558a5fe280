/// Which stored pixels show nothing: those that an alpha band or a mask leaves out, that have the "no data" value in every band,
/// that are no numbers, or transparent in a palette. Each of these is enough. (So is a block that was never written, which
/// `StoredRaster` knows.)
struct Validity {
    /// Whether the dataset has a mask of its own.
    let hasMask: Bool
    /// The "no data" value of each band that is read; `nil` where a band has none.
    private let noData: [Double]?
    /// By index of a palette; empty where none is transparent.
    private let transparent: [Bool]
    /// Samples that need not be numbers.
    let canBeNaN: Bool

    init(of dataset: borrowing Dataset, bands: [Int], transparent: [Bool]) {
        // Whoever names a band as a colour does not mean it as a mask.
        hasMask = dataset.hasMask && !bands.contains(dataset.alphaBand ?? 0)
        var values: [Double] = []
        for band in bands {
            if let value = dataset.noData(ofBand: band) { values.append(value) }
        }
        noData = values.count == bands.count ? values : nil
        var transparent = transparent
        if let index = noData?.first.flatMap({ Int(exactly: $0) }), transparent.indices.contains(index) {
            transparent[index] = true
        }
        self.transparent = transparent.contains(true) ? transparent : []
        canBeNaN = bands.contains { dataset.hasFractions(band: $0) }
    }

    /// Whether any pixel can be invalid.
    var isOfUse: Bool { hasMask || noData != nil || !transparent.isEmpty || canBeNaN }

    /// Adds what the samples of some pixels say, 1 for valid and 0 for not; the mask is not among it.
    ///
    /// - Parameter samples: `[n, bands]`; those of `bandCount` are of one pixel.
    func append(
        _ samples: some RandomAccessCollection<UInt8>, bandCount: Int, to valid: inout [UInt8]
    ) {
        append(samples, bandCount, noData?.map(UInt8.init(exactly:)), to: &valid)
    }

    func append(_ samples: [UInt16], bandCount: Int, to valid: inout [UInt8]) {
        guard transparent.isEmpty else {
            valid += samples.lazy.map { Int($0) < transparent.count && transparent[Int($0)] ? 0 : 1 }
            return
        }
        append(samples, bandCount, noData?.map(UInt16.init(exactly:)), to: &valid)
    }

    func append(_ samples: [Double], bandCount: Int, to valid: inout [UInt8]) {
        let first = valid.count
        append(samples, bandCount, noData, to: &valid)
        for (place, sample) in samples.enumerated() where sample.isNaN {
            valid[first + place / bandCount] = 0
        }
    }

    /// - Parameter noData: `nil` where a sample cannot have the value, so that no pixel is invalid.
    private func append<Sample: Equatable>(
        _ samples: some RandomAccessCollection<Sample>, _ bandCount: Int, _ noData: [Sample?]?,
        to valid: inout [UInt8]
    ) {
        let count = samples.count / bandCount
        let values = noData?.compactMap { $0 } ?? []
        guard values.count == bandCount else {
            valid += repeatElement(1, count: count)
            return
        }
        var next = samples.startIndex
        for _ in 0..<count {
            var isThere: UInt8 = 0
            for value in values {
                if samples[next] != value { isThere = 1 }
                next = samples.index(after: next)
            }
            valid.append(isThere)
        }
    }
}
