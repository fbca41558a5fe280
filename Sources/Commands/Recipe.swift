import ArgumentParser
import Bytes
import Devices
import Files
import Foundation

/// Settings of a training under a name.
///
/// A recipe is a JSON object with the texts `summary` (a line) and `source` (where the settings come from), and
/// `options`: the options of `train` by their long names, without the dashes. A flag is true or false, an option that
/// takes several values a list.
struct Recipe {
    /// `cifar10-resnet20`, or the path of a file.
    var name: String
    var summary: String
    var source: String
    var options: RecipeOptions

    /// Those that come with the program.
    static let embedded: [(name: String, json: [UInt8])] = [
        ("cifar10-resnet20", PackageResources.cifar10_resnet20_json),
        ("cifar10-resnet164-v2", PackageResources.cifar10_resnet164_v2_json),
        ("post-mosaic", PackageResources.post_mosaic_json),
        ("imagenet-resnet18-post", PackageResources.imagenet_resnet18_post_json),
        ("cifar10-fast", PackageResources.cifar10_fast_json),
        ("cifar10-5000", PackageResources.cifar10_5000_json),
        ("imagenet-resnet50", PackageResources.imagenet_resnet50_json),
        ("imagenet-resnet50-strikes-back", PackageResources.imagenet_resnet50_strikes_back_json),
        ("imagenet-resnet50-long", PackageResources.imagenet_resnet50_long_json),
    ]

    /// The recipe of a name, or in a file.
    ///
    /// - Throws: `ValidationError` for a name that is neither; `FileError` for a file that cannot be read; `CommandError` for
    ///   one that is no recipe.
    init(named name: String) throws {
        if let known = Self.embedded.first(where: { $0.name == name }) {
            try self.init(name, json: known.json)
        } else if let json = try readFileIfThere(name, limit: SealedFolder.settingsByteLimit) {
            try self.init(name, json: json)
        } else {
            throw ValidationError(
                "\(name) is neither a recipe nor a file; recipes are "
                    + Self.embedded.map(\.name).joined(separator: ", "))
        }
    }

    init(_ name: String, json: [UInt8]) throws {
        func failure(_ cause: String) -> CommandError {
            CommandError(operation: "train by the recipe", path: name, cause: cause)
        }
        let content: JSON
        do throws(JSONError) {
            content = try JSON(parsing: json)
        } catch {
            throw failure("it is \(error.reason)")
        }
        guard case .object(let members) = content, Set(members.keys) == ["summary", "source", "options"],
            case .string(let summary)? = members["summary"], case .string(let source)? = members["source"],
            case .object(let options)? = members["options"]
        else { throw failure("a recipe must have a summary, a source and options, and nothing else") }
        (self.name, self.summary, self.source) = (name, summary, source)
        let arguments = try options.sorted { $0.key < $1.key }.flatMap { key, value in
            guard let arguments = Self.arguments(key, value) else {
                throw failure(
                    "its option \(key) is neither a number nor a text, a list of them, true or false")
            }
            return arguments
        }
        do {
            self.options = try RecipeOptions.parse(arguments)
        } catch {
            throw failure(RecipeOptions.message(for: error))
        }
    }

    /// An option as on the command line; `nil` where no option can have that value.
    private static func arguments(_ key: String, _ value: JSON) -> [String]? {
        switch value {
        case .bool(let isOn): return [isOn ? "--\(key)" : "--no-\(key)"]
        case .number(let text), .string(let text): return ["--\(key)=\(text)"]
        case .array(let elements):
            let texts = elements.compactMap(\.text)
            return texts.count == elements.count && !texts.isEmpty ? ["--\(key)"] + texts : nil
        case .null, .object: return nil
        }
    }

    /// A line for each.
    static func list() throws -> TerminalText {
        let width = embedded.map(\.name.count).max() ?? 0
        return try embedded.map { name, json -> TerminalText in
            let recipe = try Recipe(name, json: json)
            return "\(name.padding(toLength: width, withPad: " ", startingAt: 0))  \(recipe.summary)"
        }.joined(separator: "\n")
    }
}

/// The options that a recipe may have.
struct RecipeOptions: ParsableArguments {
    @OptionGroup var planOptions: PlanOptions
    @OptionGroup var rate: LearningRateOptions
    @OptionGroup var update: UpdateOptions
    @OptionGroup var variation: VariationOptions
    @Option var precision: PrecisionChoice?
}

extension JSON {
    /// Of a number or a text.
    fileprivate var text: String? {
        switch self {
        case .number(let text), .string(let text): text
        case .null, .bool, .array, .object: nil
        }
    }
}
