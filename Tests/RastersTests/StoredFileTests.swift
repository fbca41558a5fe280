import Rasters
import TestSupport
import Testing

@Suite struct StoredFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(
        arguments: [
            ("/a/b c.png", "/a/b c.png"), ("a.png", "a.png"), ("/vsizip/a.zip/b", "/vsizip/a.zip/b"),
            ("file:///a/b", "/a/b"), ("file://localhost/a/b", "/a/b"),
            ("https://x.org/a?b", "/vsicurl/https://x.org/a?b"), ("s3://bucket/a/b", "/vsis3/bucket/a/b"),
            ("gs://bucket/a", "/vsigs/bucket/a"), ("az://box/a", "/vsiaz/box/a"),
            ("abfs://box@account.dfs.core.windows.net/a/b", "/vsiadls/box/a/b"),
            ("abfss://box/a", "/vsiadls/box/a"),
            ("hdfs://host:9000/a", "/vsihdfs/hdfs://host:9000/a"), ("ftp://x/a", "ftp://x/a"),
        ])
    func addressesAreGDALsPaths(address: String, path: String) {
        #expect(StoredFile.gdalPath(address) == path)
    }

    @Test func readsParts() throws {
        let path = try folder.write(Array(0..<100), to: "a")
        let file = try StoredFile(opening: "file://" + path)
        #expect(file.byteCount == 100)
        #expect(try file.read(90..<100) == Array(90..<100))
        #expect(try file.read(3..<5) == [3, 4])
        #expect(try StoredFile.bytes(of: path, limit: 100).count == 100)
        let error = #expect(throws: RasterError.self) { try StoredFile.bytes(of: path, limit: 99) }
        #expect(error?.cause == "it has 100 bytes, more than 99")
    }

    @Test func saysWhatIsNotThere() throws {
        let missing = #expect(throws: RasterError.self) {
            _ = try StoredFile.bytes(of: folder.file("a"), limit: 9)
        }
        #expect(missing?.description == "\(folder.file("a")): cannot open: No such file or directory")
        let isFolder = #expect(throws: RasterError.self) {
            _ = try StoredFile.bytes(of: folder.path, limit: 9)
        }
        #expect(isFolder?.code == .cannotOpen)
        let noFolder = #expect(throws: RasterError.self) { _ = try StoredFolder(listing: folder.file("a")) }
        #expect(noFolder?.cause == "No such file or directory")
    }
}
