import Bytes
import Files
import Pixels
import Records
import TestSupport
import Testing

/// Crops of canvases, held to the windows of the pack one by one.
@Suite struct CanvasCropsTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A pack of canvases of noise, windows of 8 pixels.
    private func pack(_ canvases: [[WindowGrid]], width: Int = 56, height: Int = 44) throws -> TilePack {
        var random = SplitMix64(seed: 5)
        let writer = try TilePackWriter(
            .replacing(folder.file("a.tiles")), tileWidth: 8, tileHeight: 8, classNames: ["a", "b", "c"])
        for windows in canvases {
            try writer.append(.random(width: width, height: height, using: &random), windows: windows)
        }
        for label in 0..<3 { try writer.append(.random(width: 8, height: 8, using: &random), label: label) }
        try writer.commit()
        return try TilePack(opening: folder.file("a.tiles"))
    }

    /// Windows at every fourth pixel with labels at random.
    private func grid(x0: Int = 0, y0: Int = 0, columns: Int, rows: Int, seed: UInt64) -> WindowGrid {
        var random = SplitMix64(seed: seed)
        let labels = (0..<columns * rows).map { _ in UInt16.random(in: 0..<3, using: &random) }
        return WindowGrid(x0: x0, y0: y0, stride: 4, columns: columns, rows: rows, labels: .each(labels))
    }

    private func pixels(of crops: CanvasCrops, _ sample: Int, _ variation: Variation) throws -> Image {
        var pixels = [UInt8](repeating: 0, count: crops.side * crops.side * 3)
        var span = pixels.mutableSpan
        try crops.write(
            sample, varied: variation, side: crops.side, into: &span, cancellation: Cancellation())
        return Image(width: crops.side, height: crops.side, pixelsHWC: pixels)
    }

    /// What a window looks like says which one it is: each is at a place of noise.
    private func labelsByLook(_ pack: TilePack, _ symmetry: Symmetry) throws -> [Image: Int32] {
        var labels: [Image: Int32] = [:]
        for tile in 0..<pack.count {
            labels[try pack.tile(tile).transformed(by: symmetry)] = Int32(pack.label(of: tile))
        }
        return labels
    }

    @Test(arguments: [(2, 4), (3, 8), (4, 4)], [false, true])
    func eachWindowOfACropHasTheLabelOfTheWindowThatItShows(
        _ windows: (perSide: Int, stride: Int), isHeld: Bool
    ) throws {
        let grids = [
            [grid(columns: 13, rows: 10, seed: 1)], [grid(x0: 2, y0: 1, columns: 12, rows: 9, seed: 2)],
        ]
        _ = try pack(grids)
        let pack = try TilePack(opening: folder.file("a.tiles"), heldByteLimit: isHeld ? 1 << 30 : 0)
        let crops = try CanvasCrops(of: pack, perSide: windows.perSide, stride: windows.stride)
        let span = (windows.perSide - 1) * windows.stride / 4
        #expect(crops.count == (13 - span) * (10 - span) + (12 - span) * (9 - span))
        #expect(crops.side == 8 + (windows.perSide - 1) * windows.stride && crops.leftOutCount == 3)
        let byLook = try Symmetry.all.map { try labelsByLook(pack, $0) }
        let augmentation = Augmentation(.moved(padding: 0, border: .black), mirror: .random, turns: true)
        var seen: Set<Symmetry> = []
        for sample in 0..<crops.count {
            let variation = Variation(augmentation, seed: 1, epoch: 1, position: sample)
            let crop = try #require(variation.crop(of: sample))
            let symmetry = Symmetry(isMirrored: crop.mirrored, quarterTurns: crop.quarterTurns)
            seen.insert(symmetry)
            let number = try #require(Symmetry.all.firstIndex(of: symmetry))
            let labels = crops.labels(of: sample, varied: variation)
            let picture = try pixels(of: crops, sample, variation)
            for place in 0..<crops.labelCount {
                let (row, column) = place.quotientAndRemainder(dividingBy: windows.perSide)
                let rect = PixelRect(
                    x: column * windows.stride, y: row * windows.stride, width: 8, height: 8)
                #expect(byLook[number][picture.cropped(to: rect)] == labels[place])
            }
        }
        #expect(seen.count == 8)
    }

    @Test func everyPlaceIsThereOnce() throws {
        let crops = try CanvasCrops(
            of: pack([[grid(columns: 7, rows: 6, seed: 1)]]), perSide: 2, stride: 8)
        let looks = try (0..<crops.count).map {
            try pixels(of: crops, $0, Variation(.none, seed: 0, epoch: 0, position: 0))
        }
        #expect(crops.count == 5 * 4 && Set(looks).count == 20)
    }

    /// As `cut` makes them: parts of a canvas without the windows that are left out, and windows with an object again.
    @Test func cropsNeedALabelForEachWindowAndCountAsOftenAsTheirWindows() throws {
        let parts = [grid(columns: 12, rows: 3, seed: 1), grid(y0: 12, columns: 5, rows: 4, seed: 2)]
        let plain = try CanvasCrops(of: pack([parts]), perSide: 2, stride: 4)
        #expect(plain.count == 11 * 2 + 4 + 4 * 3)
        let again = WindowGrid(x0: 20, y0: 0, stride: 4, columns: 1, rows: 1, labels: .all(1))
        let often = try CanvasCrops(
            of: pack([parts + Array(repeating: again, count: 8)]), perSide: 2, stride: 4)
        // Of the four windows of two crops one stands there nine times, the others once: three times on average.
        #expect(often.count == plain.count + 2 * 2)
        #expect(often.leftOutCount == 3)
    }

    @Test func theLoaderBringsTheLabelsOfTheEpochsOrder() throws {
        let crops = try CanvasCrops(
            of: pack([[grid(columns: 13, rows: 10, seed: 1)]]), perSide: 3, stride: 4)
        let augmentation = Augmentation(padding: 0, mirror: true)
        let streams = try [1, 3].map { workerCount in
            let loader = BatchLoader(
                source: crops, side: 16, batchSize: 5, seed: 3, epoch: 2, augmentation: augmentation,
                workerCount: workerCount)
            var batches: [Batch] = []
            while let batch = try loader.next() { batches.append(batch) }
            return batches
        }
        #expect(streams[0] == streams[1] && streams[0].count == 88 / 5)
        let order = SampleOrder(count: crops.count, seed: 3, epoch: 2)
        let expected = (0..<85).flatMap { position in
            crops.labels(
                of: order[position],
                varied: Variation(augmentation, seed: 3, epoch: 2, position: position))
        }
        #expect(streams[0].flatMap(\.labels) == expected && expected.count == 85 * 9)
        let ofOtherSide = BatchLoader(
            source: crops, side: 8, batchSize: 5, seed: 3, epoch: 2, augmentation: augmentation)
        #expect(throws: RecordsError.self) { try ofOtherSide.next() }
    }

    @Test func saysWhatWouldDo() throws {
        let single = try pack([])
        let small = try pack([[grid(columns: 5, rows: 4, seed: 1)]])
        for (pack, perSide, stride, words) in [
            (single, 3, 4, "tilescope scatter"), (small, 2, 6, "--crop-stride 4 or 8"),
            (small, 2, 3, "--crop-stride 4"), (small, 9, 4, "has room for 40×40 pixels"),
        ] {
            let error = #expect(throws: RecordsError.self) {
                try CanvasCrops(of: pack, perSide: perSide, stride: stride)
            }
            #expect(
                error?.code == .unsuitable && error?.cause.contains(words) == true,
                "\(String(describing: error))")
        }
    }
}
