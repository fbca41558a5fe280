import Foundation
import HTTPTypes
import NIOHTTP1
import Synchronization

extension HTTPRequest {
    /// A request as HTTP/1 has it; `nil` for what other programs may read otherwise: a strange method, no host or several, a coding that
    /// is not chunks alone, or chunks before HTTP/1.1.
    init?(_ head: HTTPRequestHead) {
        guard let method = Method(head.method.rawValue) else { return nil }
        let codings = head.headers["transfer-encoding"].map { $0.lowercased() }
        guard codings.isEmpty || head.version == .http1_1 && codings == ["chunked"] else { return nil }
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
        guard hosts == 1 || hosts == 0 && head.version != .http1_1 else { return nil }
        self.init(method: method, scheme: nil, authority: authority, path: path, headerFields: fields)
    }
}

extension HTTPResponseHead {
    init(_ answer: HTTPResponse) {
        var headers = HTTPHeaders(answer.headerFields.map { ($0.name.rawName, $0.value) })
        headers.add(name: "Date", value: HTTPDate.now)
        self.init(
            version: .http1_1,
            status: HTTPResponseStatus(
                statusCode: answer.status.code, reasonPhrase: answer.status.reasonPhrase), headers: headers)
    }
}

/// The time as a header says it.
///
/// - Source: RFC 9110, 5.6.7.
private enum HTTPDate {
    private static let last = Mutex((second: 0, text: ""))
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Made once a second.
    static var now: String {
        let second = time(nil)
        return last.withLock { last in
            if last.second != second { last = (second, text(of: second)) }
            return last.text
        }
    }

    private static func text(of second: Int) -> String {
        var (second, time) = (second, tm())
        gmtime_r(&second, &time)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return
            "\(days[Int(time.tm_wday)]), \(two(time.tm_mday)) \(months[Int(time.tm_mon)]) \(1900 + time.tm_year) "
            + "\(two(time.tm_hour)):\(two(time.tm_min)):\(two(time.tm_sec)) GMT"
    }
}
