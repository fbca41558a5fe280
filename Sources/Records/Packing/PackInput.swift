package import Files
import Foundation

/// A place with images, and how they lie there.
package struct PackInput: Hashable, Sendable {
    package enum Layout: String, Hashable, Sendable, CaseIterable, Codable {
        case folders, imagenet, list, tar, cifar10, records
    }
    package var address: Address
    /// More archives of a WebDataset.
    package var others: [Address] = []
    package var layout: Layout
    /// Where the paths of a list begin; by default the list's folder.
    package var root: Address?

    /// The addresses, for people.
    package var path: String { addresses.map(\.description).joined(separator: ", ") }
    package var addresses: [Address] { [address] + others }

    /// - Parameter layout: by default what the name ends in or the folder holds.
    package init(_ address: Address, layout: Layout? = nil, root: Address? = nil) throws(RecordsError) {
        (self.address, self.root) = (Self.inFull(address), root.map(Self.inFull))
        if layout == .tar { try Self.checkIsNotCompressed(address) }
        if let layout { self.layout = layout } else { self.layout = try Self.layout(of: address) }
    }

    /// A WebDataset of several archives, or folders of them.
    ///
    /// - Parameter addresses: at least one; where there is only one, whatever it is.
    package init(_ addresses: [Address], layout: Layout? = nil, root: Address? = nil) throws(RecordsError) {
        try self.init(addresses[0], layout: layout, root: root)
        for address in addresses.dropFirst() {
            let input = try PackInput(address, layout: layout)
            guard self.layout == .tar, input.layout == .tar else {
                throw RecordsError(
                    code: .malformed, operation: "pack several inputs together", path: address.description,
                    cause:
                        "only archives of a WebDataset (.tar) can be packed together; pack the others one by one"
                )
            }
            others.append(input.address)
        }
    }

    /// The same of a text.
    package init(path: String, layout: Layout? = nil, root: String? = nil) throws(RecordsError) {
        try self.init(Address(path), layout: layout, root: root.map { Address($0) })
    }

    /// Because paths are a part of the plan, and the next run may be started in another folder.
    private static func inFull(_ address: Address) -> Address {
        guard let path = address.localPath else { return address }
        return Address(URL(filePath: path).standardizedFileURL.path(percentEncoded: false))
    }

    /// Lists the images; none is read.
    package func collections() throws(RecordsError) -> [ImageCollection] {
        switch layout {
        case .folders: [try .classFolders(at: address)]
        case .imagenet: try ImageCollection.imageNet(at: address)
        case .list: [try .list(at: address, root: root)]
        case .tar: [try .tar(at: addresses)]
        case .cifar10: try ImageCollection.cifar10(at: address.localPath ?? address.unhidden)
        case .records: [try .records(at: address.localPath ?? address.unhidden)]
        }
    }

    private static func layout(of address: Address) throws(RecordsError) -> Layout {
        switch ending(of: address.lastComponent) {
        case "lst": return .list
        case "tar": return .tar
        case "rec": return .records
        default: try checkIsNotCompressed(address)
        }
        let folder = try StoredFolder(of: address)
        let names = folder.entries.filter { !$0.name.contains("/") }.map(\.name)
        if names.contains("data_batch_1.bin") || names.contains("cifar-10-batches-bin") { return .cifar10 }
        if folder.has("train"), folder.validationPart != nil { return .imagenet }
        let hasFolders = folder.entries.contains(where: \.isFolder)
        if !hasFolders, names.contains(where: { $0.hasSuffix(".tar") }) { return .tar }
        if !hasFolders { try Compressed.checkThereAreNone(among: names, in: address) }
        return .folders
    }

    private static func checkIsNotCompressed(_ address: Address) throws(RecordsError) {
        // By one of GDAL's paths an archive is a folder: `/vsizip/a.zip`.
        guard Compressed.hasName(address.lastComponent), !address.description.hasPrefix("/vsi") else {
            return
        }
        throw RecordsError(
            code: .malformed, operation: "list the images", path: address.description,
            cause: "it is compressed; unpack it first")
    }
}
