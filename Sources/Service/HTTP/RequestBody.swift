import NIOCore

/// A request's body, piece by piece as it comes; it can be read once.
struct RequestBody: AsyncSequence, Sendable {
    typealias Pieces = NIOThrowingAsyncSequenceProducer<
        ByteBuffer, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, Reader
    >

    /// `nil` where the request has no body.
    fileprivate let pieces: Pieces?
    /// Called when somebody begins to read it.
    fileprivate var begin: @Sendable () -> Void = {}

    static let none = RequestBody(pieces: nil)

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var pieces: Pieces.AsyncIterator?

        mutating func next() async throws -> ByteBuffer? { try await pieces?.next() }
    }

    func makeAsyncIterator() -> Iterator {
        begin()
        return Iterator(pieces: pieces?.makeAsyncIterator())
    }

    /// The same body; `begin` is called when somebody begins to read it.
    func onReading(_ begin: @escaping @Sendable () -> Void) -> RequestBody {
        var body = self
        body.begin = begin
        return body
    }

    /// Asks the connection for more when enough was read.
    struct Reader: NIOAsyncSequenceProducerDelegate {
        fileprivate let more: @Sendable () -> Void

        func produceMore() { more() }
        func didTerminate() {}
    }
}

extension RequestBody {
    /// A body whose pieces are given to `source`.
    ///
    /// - Parameter more: called, on any thread, when a source that was told to stop may go on.
    static func make(more: @escaping @Sendable () -> Void) -> (source: Pieces.Source, body: RequestBody) {
        // Pieces of a read each, 64 KiB at most.
        let new = Pieces.makeSequence(
            backPressureStrategy: .init(lowWatermark: 2, highWatermark: 8), finishOnDeinit: true,
            delegate: Reader(more: more))
        return (new.source, RequestBody(pieces: new.sequence))
    }
}
