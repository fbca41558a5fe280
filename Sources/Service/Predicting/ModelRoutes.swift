import Engines
import Evaluation
import Files
import Foundation
import HTTPTypes
import ModelFiles
import NIOCore
import Networks
import Records

/// Models: what there is, reading it again, and classifying pictures with it.
struct ModelRoutes {
    let shelf: ModelShelf
    let limits: ServiceLimits
    let threads: WorkThreads
    /// Beginnings of addresses whose images may be fetched.
    let allowedAddresses: [String]

    var routes: [Route] {
        [
            Route(.get, "/v1/models") { [self] request in
                try request.checkQuery([])
                return try .json(ModelList(models: shelf.all.map { ModelRow($0) }))
            },
            Route(.post, "/v1/models/reload") { [self] request in
                try request.checkQuery([])
                try await threads.run { [shelf] in try shelf.reload() }
                return try .json(ModelList(models: shelf.all.map { ModelRow($0) }))
            },
            Route(.get, "/v1/models/{model}") { [self] request in
                try request.checkQuery([])
                let entry = try shelf.entry(request["model"])
                var row = ModelRow(entry)
                row.sha256 = try await threads.run { try entry.model?.sha256() }
                return try .json(row)
            },
            Route(.post, "/v1/models/{model}/predict") { [self] request in try await predict(request) },
            Route(.get, "/v2/models/{model}") { [self] request in
                try .json(OpenModel(try shelf.model(request["model"])))
            },
            Route(.get, "/v2/models/{model}/ready") { [self] request in
                _ = try shelf.model(request["model"])
                return try .json(["ready": true])
            },
        ]
    }

    // MARK: Predicting

    /// Addresses in one request at most.
    private static let addressLimit = 64

    private func predict(_ request: Incoming) async throws -> Answer {
        let start = ContinuousClock.now
        try request.checkQuery(["top", "timeoutSeconds"])
        let top = try request.number("top", in: 1...1_000_000) ?? 5
        let seconds =
            try request.seconds("timeoutSeconds", limit: limits.answerSeconds) ?? limits.answerSeconds
        let deadline = start + .seconds(seconds)
        let model = try shelf.model(request["model"])
        let type = request.mediaType ?? "application/octet-stream"
        if type == "application/json" {
            return try await predict(request, by: model, top: top, until: deadline)
        }
        guard type.hasPrefix("image/") || type == "application/octet-stream" else {
            throw Problem(
                .unsupportedMediaType,
                "the body must be an image (Content-Type image/… or application/octet-stream) or JSON with addresses, not \(type)"
            )
        }
        let queue = try await queue(of: model)
        // Given back in the end, however it ends.
        let isPlaced = request.place != nil
        if !isPlaced { try queue.admit(1) }
        defer { if !isPlaced { queue.leave(1) } }
        let body = try await request.body.collected(until: deadline)
        defer { withExtendedLifetime(body) {} }
        let picture = PictureFiles.Picture.memory(body.bytes, name: "the image")
        let scores: [Float]
        do {
            scores = try await queue.scores(of: picture, until: deadline)
        } catch let error as RecordsError {
            throw Problem(.unprocessableContent, "\(error)")
        }
        return Self.answer(scores, of: model, top: top)
    }

    /// The same bytes as of a `PredictionList` of one image, without Foundation's encoder: it took 60 µs.
    private static func answer(_ scores: [Float], of model: ServedModel, top: Int) -> Answer {
        let row = PredictedImage(image: nil, scores: scores, of: model, top: top)
        let classes = row.classes.map { entry in
            "{\"label\":\(entry.label),\"name\":\(jsonString(entry.name)),\"score\":\(entry.score)}"
        }
        let error = row.error.map { ",\"error\":\(jsonString($0))" } ?? ""
        return Answer(
            "{\"model\":\(jsonString(model.name)),\"predictions\":[{\"classes\":[\(classes.joined(separator: ","))]\(error)}]}",
            type: "application/json")
    }

    private func predict(
        _ request: Incoming, by model: ServedModel, top: Int, until deadline: ContinuousClock.Instant
    ) async throws -> Answer {
        let list = try await request.json(AddressList.self, on: threads, until: deadline)
        guard (1...Self.addressLimit).contains(list.addresses.count) else {
            throw Problem(
                .badRequest,
                "'addresses' must have 1 to \(Self.addressLimit) addresses, not \(list.addresses.count)")
        }
        let queue = try await queue(of: model)
        try queue.admit(list.addresses.count)
        defer { queue.leave(list.addresses.count) }
        let rows = try await withThrowingTaskGroup(of: (Int, PredictedImage).self) { group in
            for (place, text) in list.addresses.enumerated() {
                group.addTask { [self] in
                    (place, try await row(of: text, by: model, queue, top: top, until: deadline))
                }
            }
            var rows: [(Int, PredictedImage)] = []
            for try await row in group { rows.append(row) }
            return rows.sorted { $0.0 < $1.0 }.map(\.1)
        }
        return try .json(PredictionList(model: model.name, predictions: rows))
    }

    private func row(
        of text: String, by model: ServedModel, _ queue: PredictionQueue, top: Int,
        until deadline: ContinuousClock.Instant
    ) async throws -> PredictedImage {
        let name = Address(text).description
        guard AllowedAddresses(allowedAddresses).contain(text) else {
            return PredictedImage(
                image: name,
                error:
                    "addresses that begin so are not fetched; whoever runs the service allows them with --allow"
            )
        }
        do {
            let limit = limits.bodyByteCount
            let bytes = try await threads.run { try StoredFile.bytes(of: Address(text), limit: limit) }
            let scores = try await queue.scores(of: .memory(bytes, name: name), until: deadline)
            return PredictedImage(image: name, scores: scores, of: model, top: top)
        } catch let problem as Problem {
            return PredictedImage(image: name, error: problem.detail)
        } catch let error where error is RecordsError || error is FileError {
            return PredictedImage(image: name, error: withoutSecrets("\(error)"))
        }
    }

    private func queue(of model: ServedModel) async throws -> PredictionQueue {
        if let queue = model.loadedQueue { return queue }
        do {
            return try await threads.run { try model.predictionQueue() }
        } catch {
            throw Problem(
                .unprocessableContent,
                "the model '\(model.name)' cannot be used: \(withoutSecrets("\(error)"))")
        }
    }
}

/// Beginnings of addresses that may be fetched. Nothing may be, unless it is named.
struct AllowedAddresses {
    private let beginnings: [String]

    init(_ beginnings: [String]) { self.beginnings = beginnings }

    /// Whether an address lies below one of the beginnings, however it is written.
    func contain(_ text: String) -> Bool {
        let schemes = ["https://", "http://", "s3://", "gs://", "az://", "abfs://", "abfss://", "webhdfs://"]
        guard schemes.contains(where: text.hasPrefix),
            !text.utf8.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: "\\") || $0 == 0x7F }),
            !text.lowercased().replacing("%2e", with: ".").contains("/.."), !text.contains("@")
        else { return false }
        return beginnings.contains { beginning in
            guard text.hasPrefix(beginning) else { return false }
            // A host's or a folder's name ends where the beginning does.
            return beginning.hasSuffix("/") || text.dropFirst(beginning.count).hasPrefix("/")
        }
    }
}

private struct AddressList: Decodable {
    var addresses: [String]
}

private struct PredictionList: Encodable {
    var model: String
    var predictions: [PredictedImage]
}

/// What a model says of one image, or why it says nothing.
private struct PredictedImage: Encodable {
    struct Class: Encodable {
        var label: Int
        var name: String
        var score: Float
    }

    /// Its address; `nil` for the request's body.
    var image: String?
    var classes: [Class] = []
    var error: String?

    init(image: String?, error: String) {
        self.image = image
        self.error = error
    }

    init(image: String?, scores: [Float], of model: ServedModel, top: Int) {
        self.image = image
        guard scores.allSatisfy(\.isFinite) else {
            error = "the model's scores of it are not finite"
            return
        }
        classes = PictureScoring.Prediction(picture: 0, scores: scores).highest(top).map { label, score in
            Class(label: label, name: model.contract.classes[label], score: score)
        }
    }
}

private struct ModelList: Encodable {
    var models: [ModelRow]
}

/// A model as clients see it.
private struct ModelRow: Encodable {
    struct Reading: Encodable {
        var stride: Int?
        var threshold: Float
        var scan: String?
    }

    var name: String
    var architecture: String?
    var inputSize: Int?
    var classes: [String] = []
    var background: String?
    var sha256: String?
    var byteCount: Int
    var reading: Reading?
    var state: String
    var error: String?
    var precision: String?

    init(_ entry: ModelShelf.Entry) {
        name = entry.name
        byteCount = entry.byteCount
        error = entry.error
        state = entry.error == nil ? "ready" : "failed"
        guard let model = entry.model else { return }
        architecture = model.contract.architecture.name
        inputSize = model.contract.architecture.inputSize
        classes = model.contract.classes
        background = model.contract.background
        reading = model.contract.reading.map {
            Reading(stride: $0.stride, threshold: $0.threshold, scan: $0.scan?.rawValue)
        }
        precision = model.precision?.rawValue
    }
}

/// A model's metadata as the Open Inference Protocol has it.
private struct OpenModel: Encodable {
    struct Tensor: Encodable {
        var name: String
        var datatype: String
        var shape: [Int]
    }

    var name: String
    var versions: [String] = []
    var platform = "tilescope"
    var inputs: [Tensor]
    var outputs: [Tensor]

    init(_ model: ServedModel) {
        name = model.name
        let size = model.contract.architecture.inputSize
        inputs = [Tensor(name: "image", datatype: "UINT8", shape: [-1, size, size, 3])]
        outputs = [Tensor(name: "scores", datatype: "FP32", shape: [-1, model.contract.classes.count])]
    }
}
