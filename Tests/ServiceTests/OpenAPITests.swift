import Foundation
import TestSupport
import Testing

/// The description of the API and the service say the same.
struct OpenAPITests {
    @Test func describesWhatThereIs() throws {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        let tool = try ServedTool(["--models", "models"], folder: folder.path)
        let document = try tool.request("GET", "/v1/openapi.json").json()
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        #expect(paths.count > 20)
        for (path, operations) in paths {
            let target = path.replacing(/\{[^}]*\}/, with: "0")
            // A method that no path takes: the answer lists those that it does.
            let answer = try tool.request("PATCH", target)
            #expect(answer.status == 405, "\(path): \(answer.text)")
            let allowed = Set(
                (answer.fields["allow"] ?? "").split(separator: ",").map {
                    $0.trimmingCharacters(in: .whitespaces).lowercased()
                })
            #expect(allowed.subtracting(["head"]) == Set(operations.keys), "\(path): \(allowed)")
        }
    }

    @Test func everyReferenceLeadsSomewhere() throws {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/cars.safetensors")
        let tool = try ServedTool(["--models", "models"], folder: folder.path)
        let answer = try tool.request("GET", "/v1/openapi.json")
        let document = try answer.json()
        for match in answer.text.matches(of: /"\$ref": "#\/([^"]*)"/) {
            var value: Any = document
            for part in match.1.split(separator: "/") {
                value = try #require((value as? [String: Any])?[String(part)], "\(match.1)")
            }
        }
    }
}
