import Files
import Foundation
import Networks
import Pixels

/// The words in a model's metadata, as JSON, that decide what its numbers mean.
struct Contract: Hashable, Codable {
    /// The metadata's key.
    static let key = "tilescope"
    static let currentVersion = 1

    var version = Self.currentVersion
    var architecture: Architecture
    var classes: [String]
    /// One of the classes, that stands for none of the things looked for; scans leave it out.
    var background: String?
    /// How scans read the model's scores; `nil` for the usual way.
    var reading: Reading?
    /// What the pixels were that it learnt from; `nil` where nobody knows.
    var pixels: TrainedPixels?
    /// How pictures of other sizes become its input; `nil` for the usual way.
    var framing: Framing?
    /// Order of the input's channels.
    var channels = "RGB"
    /// Of weights and arithmetic.
    var precision = "fp32"

    init(
        architecture: Architecture, classes: [String], background: String? = nil, reading: Reading? = nil,
        pixels: TrainedPixels? = nil, framing: Framing? = nil
    ) {
        (self.architecture, self.classes, self.background) = (architecture, classes, background)
        (self.reading, self.pixels, self.framing) = (reading, pixels, framing)
    }

    /// - Throws: where a file has none, or a wrong one.
    init(of file: SafetensorsFile, at path: String) throws(ModelFileError) {
        guard let text = file.metadata[Self.key] else {
            throw ModelFileError(
                code: .noContract, operation: "use it as a model", path: path,
                cause: "it does not state its architecture and classes; "
                    + "`tilescope import weights` turns it into a model")
        }
        do throws(Malformed) {
            try self.init(decoding: text)
        } catch {
            throw Self.wrong(error, at: path)
        }
    }

    static func wrong(_ error: Malformed, at path: String) -> ModelFileError {
        ModelFileError(
            code: .wrongContract, operation: "use it as a model", path: path, cause: error.reason)
    }

    /// - Throws: with words for a person; a contract of another version is refused.
    init(decoding text: String) throws(Malformed) {
        struct Version: Decodable { var version: Int }
        let data = Data(text.utf8)
        guard let version = try? JSONDecoder().decode(Version.self, from: data).version else {
            throw Malformed("its contract has no version; make it again with `tilescope import weights`")
        }
        guard version == Self.currentVersion else {
            throw Malformed(
                "its contract has version \(version), but this program reads version \(Self.currentVersion)")
        }
        do {
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch {
            throw Malformed("its contract cannot be read: \(words(onDecoding: error))")
        }
        try check()
    }

    private func check() throws(Malformed) {
        guard channels == "RGB" else { throw Malformed("its channels are \(channels), not RGB") }
        guard precision == "fp32" else { throw Malformed("its precision is \(precision), not fp32") }
        guard classes.count == architecture.classCount else {
            throw Malformed("it names \(classes.count) classes for \(architecture.classCount) outputs")
        }
        guard Set(classes).count == classes.count else { throw Malformed("it names a class twice") }
        guard background.map(classes.contains) ?? true else {
            throw Malformed("its background \(background ?? "") is not one of its classes")
        }
        if let objection = architecture.objection {
            throw Malformed("its architecture is impossible: \(objection)")
        }
        if let objection = pixels?.objection { throw Malformed("its pixels are impossible: \(objection)") }
        if let objection = framing?.objection(toSide: architecture.inputSize) {
            throw Malformed("its way to cut images is impossible: \(objection)")
        }
        if let objection = reading?.objection { throw Malformed("its reading is impossible: \(objection)") }
    }

    /// With sorted keys, so that equal contracts make equal files.
    func encoded() -> String {
        guard let json = try? JSONText(self) else {
            // JSON has no infinity: the one thing that it cannot say.
            preconditionFailure("a number that is not finite")
        }
        return json.text
    }
}
