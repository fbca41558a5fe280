import Annotations
import Bytes
import Files
import TestSupport
import Testing

/// `scripts/test-formats` has the files read by pyarrow, geopandas and DuckDB.
struct ParquetTests {
    private func file(_ annotations: [Annotation]) throws -> [UInt8] {
        let folder = try TemporaryFolder()
        let writer = try AnnotationFormat.parquet.writer(
            into: folder.path, named: "found", of: .sample, classes: ["car"], version: "1.2.3",
            cancellation: Cancellation())
        for annotation in annotations { try writer.write(annotation) }
        try writer.finish()
        return try folder.bytes("found.parquet")
    }

    @Test func theFileEndsWithTheLengthOfItsFooter() throws {
        let bytes = try file([car(1, 2, 3, 4, score: 0.5)])
        #expect(bytes.starts(with: "PAR1".utf8) && bytes.suffix(4).elementsEqual("PAR1".utf8))
        var end = LittleEndianReader(Array(bytes.suffix(8)))
        let length = end.next(UInt32.self)
        let count = Int(try #require(length))
        #expect(count < bytes.count - 12)
        let footer = String(decoding: bytes.dropLast(8).suffix(count), as: UTF8.self)
        #expect(footer.contains(#""crs":null,"bbox":[1,2,3,4],"#))
        #expect(footer.contains(#""geometry_types":["Polygon"]"#))
    }

    @Test func withoutObjectsThereIsAnEmptyTable() throws {
        let bytes = try file([])
        #expect(bytes.count > 12 && bytes.suffix(4).elementsEqual("PAR1".utf8))
    }
}
