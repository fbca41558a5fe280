import Files
import Foundation
import Pixels
import Rasters
import Scanning

/// A page to look at an audit's crops, in the order in which they are to be labelled.
struct AuditPage {
    /// More would make a page of many megabytes.
    static let cropLimit = 1000
    private static let side = 256

    let record: AuditRecord
    /// JPEG pictures of the first crops, by their place among the crops.
    private var pictures: [Int: [UInt8]] = [:]

    init(of record: AuditRecord) { self.record = record }

    /// - Parameter place: of the crop, in the order in which crops are to be labelled; in any order, each once.
    mutating func add(_ image: Image, at place: Int) throws {
        guard place < Self.cropLimit else { return }
        let size = image.bounds.sizeFitting(maxSide: Self.side)
        pictures[place] = try image.downscaled(width: size.width, height: size.height).jpegData(quality: 85)
    }

    var html: String {
        var page = ReportPage(title: "\(counted(record.crops.count, "crop")) to label")
        page.style = """
            .crops { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 20px 16px; }
            .crops figure + figure { margin: 0; }
            .crops img { width: 100%; image-rendering: pixelated; }
            """
        let classes = record.classes.map { "<strong><bdi>\($0)</bdi></strong>" as Markup }
            .joined(separator: ", ")
        page.lead = """
            Which objects belong to the cell between the white corners? Classes: \(classes).
            """
        page.add("How to label", guide)
        let figures = record.crops.enumerated().compactMap { place, crop -> Markup? in
            guard let picture = pictures[place] else { return nil }
            let data = Data(picture).base64EncodedString()
            let scene = record.scenes[crop.unit.scene].name
            return """
                <figure><img alt="Crop \(crop.id): a cell and what lies around it" src="data:image/jpeg;base64,\(data)">\
                <figcaption>\(crop.id)<br>\(scene) at \(crop.box.x0),\(crop.box.y0)</figcaption></figure>
                """
        }
        page.add("Crops", "<div class=\"crops\">\(figures.joined(separator: "\n"))</div>")
        if pictures.count < record.crops.count {
            page.add(
                "Others",
                "<p>This page has the first \(pictures.count); the other crops are in the folder \(AuditFolder.cropsName).</p>"
            )
        }
        return page.html
    }

    private var guide: Markup {
        // In the words of this audit, so that they can be copied.
        let several = record.classes.prefix(2).enumerated().map { "\($1)=\(2 - $0)" }.joined(separator: "; ")
        return """
            <ul>
            <li>An object in a solid yellow box belongs to the cell. One in a dashed blue box belongs to another cell.</li>
            <li>An object without a box belongs to the cell if its centre lies between the white corners.</li>
            <li>If one object has two boxes, the one that fits better counts.</li>
            <li>Write the class of the objects that belong to the cell into the column <code>class</code> of \
            <code>\(AuditFolder.indexName)</code>, or several as <code>\(copied: several)</code>, or <code>none</code>, or \
            <code>unsure</code>. Or move the picture into the folder of its class.</li>
            <li>Begin at the first crop, and leave none out. You may stop anywhere: the first crops are a random sample, too.</li>
            <li>Then run the same command without <code>--audit</code>: it prints the numbers.</li>
            </ul>
            """
    }
}
