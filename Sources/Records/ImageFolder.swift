package import Files

/// The images in a folder and all of its folders, by their names: what commands take where a folder is named.
package struct ImageFolder {
    /// From the folder on, in natural order; nothing hidden.
    package let names: [String]
    /// Other files that are not hidden.
    package let otherCount: Int

    /// - Parameter endings: of files that are taken for images, in small letters.
    /// - Parameter isWanted: asked for each name.
    package init(
        listing address: Address, endings: Set<String> = ImageCollection.imageEndings,
        where isWanted: (String) -> Bool = { _ in true }
    ) throws(FileError) {
        self.init(try StoredFolder(listing: address), endings: endings, where: isWanted)
    }

    package init(
        _ folder: StoredFolder, endings: Set<String>, where isWanted: (String) -> Bool = { _ in true }
    ) {
        let files = folder.entries.filter { entry in
            !entry.isFolder && !entry.name.split(separator: "/").contains { $0.hasPrefix(".") }
                && isWanted(entry.name)
        }.map(\.name)
        var (names, otherCount) = ([String](), 0)
        for name in files {
            if endings.contains(ending(of: name)) { names.append(name) } else { otherCount += 1 }
        }
        self.names = names.sorted(by: isNaturallyBefore)
        self.otherCount = otherCount
    }

    /// Why a command that wants images can do nothing with a folder.
    package static let emptyReason =
        "there are no images in it (files that end in .jpg, .png, .webp, .tif, …)"
}
