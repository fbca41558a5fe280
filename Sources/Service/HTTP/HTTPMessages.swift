import HTTPTypes
import NIOHTTP1

extension HTTPRequest {
    /// A request as HTTP/1 has it; `nil` for what cannot be one: a strange method, two hosts, or chunks before HTTP/1.1, which others
    /// read as another request.
    init?(_ head: HTTPRequestHead) {
        guard let method = Method(head.method.rawValue) else { return nil }
        guard head.version == .http1_1 || !head.headers.contains(name: "transfer-encoding") else {
            return nil
        }
        var (authority, path): (String?, String) = (nil, head.uri)
        // RFC 9112, 3.2.2: a proxy's form is understood, and its host counts.
        for scheme in ["http://", "https://"] where path.prefix(scheme.count).lowercased() == scheme {
            let rest = path.dropFirst(scheme.count)
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            authority = String(rest[..<end])
            path = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
        }
        var (fields, hosts) = (HTTPFields(), 0)
        fields.reserveCapacity(head.headers.count)
        for (name, value) in head.headers {
            if name.utf8.count == 4, name.lowercased() == "host" {
                hosts += 1
                authority = authority ?? value
            } else if let name = HTTPField.Name(name) {
                fields.append(HTTPField(name: name, value: value))
            }
        }
        guard hosts < 2 else { return nil }
        self.init(method: method, scheme: nil, authority: authority, path: path, headerFields: fields)
    }
}

extension HTTPResponseHead {
    init(_ answer: HTTPResponse) {
        self.init(
            version: .http1_1,
            status: HTTPResponseStatus(
                statusCode: answer.status.code, reasonPhrase: answer.status.reasonPhrase),
            headers: HTTPHeaders(answer.headerFields.map { ($0.name.rawName, $0.value) }))
    }
}
