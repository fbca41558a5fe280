import HTTPTypes

/// Header fields of every answer, which keep pages of the service from being used against it.
enum SafetyFields {
    static func add(to fields: inout HTTPFields) {
        fields[.xContentTypeOptions] = "nosniff"
        fields[.referrerPolicy] = "no-referrer"
        fields[.crossOriginResourcePolicy] = "same-origin"
        fields[.crossOriginOpenerPolicy] = "same-origin"
        fields[.contentSecurityPolicy] = contentSecurityPolicy
        if fields[.cacheControl] == nil { fields[.cacheControl] = "no-store" }
    }

    private static let contentSecurityPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob: data:",
        "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")
}
