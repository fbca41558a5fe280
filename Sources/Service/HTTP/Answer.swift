import Files
import HTTPTypes
import NIOCore

/// What the service answers.
struct Answer: Sendable {
    var status: HTTPResponse.Status
    var fields: HTTPFields
    var body: Body

    enum Body: Sendable {
        case bytes(ByteBuffer)
        /// A part of a file, sent in pieces.
        case file(FileReader, range: Range<Int>)
        /// Pieces as they come; the answer ends with the sequence.
        case pieces(AsyncStream<ByteBuffer>)
    }

    init(status: HTTPResponse.Status, fields: HTTPFields = [:], body: Body = .bytes(ByteBuffer())) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// - Parameter type: the media type.
    init(_ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok, fields: HTTPFields = [:]) {
        self.init(status: status, fields: fields, body: .bytes(ByteBuffer(bytes: bytes)))
        self.fields[.contentType] = type
    }

    init(_ text: String, type: String, status: HTTPResponse.Status = .ok, fields: HTTPFields = [:]) {
        self.init(status: status, fields: fields, body: .bytes(ByteBuffer(string: text)))
        self.fields[.contentType] = type
    }

    /// A value as JSON.
    static func json(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, fields: HTTPFields = [:]
    ) throws -> Answer {
        Answer(try JSONText(value).text, type: "application/json", status: status, fields: fields)
    }
}

/// Why a request is not done; it is answered as RFC 9457's problem details.
struct Problem: Error, Sendable {
    var status: HTTPResponse.Status
    /// A sentence for people: what was wrong, and what to do.
    var detail: String
    var fields: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ detail: String, fields: HTTPFields = [:]) {
        self.status = status
        self.detail = detail
        self.fields = fields
    }

    /// - Parameter seconds: after which it may be tried again.
    static func busy(_ status: HTTPResponse.Status, _ detail: String, retryAfter seconds: Int = 1) -> Problem
    {
        Problem(status, detail, fields: [.retryAfter: "\(seconds)"])
    }

    func answer(request: String) -> Answer {
        let body = ProblemDetails(
            title: status.reasonPhrase, status: status.code, detail: withoutSecrets(detail), request: request)
        // Texts and numbers always are JSON.
        let text = (try? JSONText(body).text) ?? "{}"
        return Answer(text, type: "application/problem+json", status: status, fields: fields)
    }
}

private struct ProblemDetails: Encodable {
    var title: String
    var status: Int
    var detail: String
    var request: String
}
