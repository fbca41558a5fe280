public import Files

extension Job {
    /// A job that was cancelled before it began.
    public static var cancelled: Job { Job(cancellation: .requested) }

    /// A job that is cancelled when its progress says so.
    public static func ending(when shallEnd: @escaping @Sendable (Progress) -> Bool) -> Job {
        let cancellation = Cancellation()
        return Job(
            cancellation: cancellation, progress: { if shallEnd($0) { cancellation.request() } })
    }
}

extension Cancellation {
    /// One that is requested already.
    public static var requested: Cancellation {
        let cancellation = Cancellation()
        cancellation.request()
        return cancellation
    }
}
