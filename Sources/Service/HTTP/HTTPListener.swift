import NIOCore
import NIOHTTP1
import NIOPosix

/// Listens, and gives every connection what reads and answers its requests.
struct HTTPListener: Sendable {
    private let channel: any Channel
    private let connections: Connections
    private static let eventLoops = MultiThreadedEventLoopGroup.singleton

    /// - Parameters:
    ///   - security: `nil` for plain connections.
    ///   - connections: where the handlers count theirs.
    ///   - handlers: makes those of a connection.
    /// - Throws: where the address cannot be used.
    init(
        host: String, port: Int, security: TransportSecurity?, connections: Connections,
        handlers: @escaping @Sendable () -> (ConnectionGuard, RequestHandler)
    ) async throws {
        self.connections = connections
        channel = try await ServerBootstrap(group: Self.eventLoops)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                // Where no more files can be opened, nobody is accepted for a moment.
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptBackoffHandler(shouldForwardIOErrorCaught: false))
                }
            }
            // Who has sent all requests may say so, and still reads the answers.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let security {
                        guard let session = security.session() else { throw ChannelError.inputClosed }
                        try pipeline.addHandler(TLSHandler(session))
                    }
                    let (guarding, requests) = handlers()
                    let decoder = HTTPRequestDecoder(
                        leftOverBytesStrategy: .dropBytes, limitConfiguration: Self.headerLimits)
                    try pipeline.addHandlers([
                        guarding.rawBytes(), HTTPResponseEncoder(), ByteToMessageHandler(decoder), guarding,
                        requests,
                    ])
                }
            }
            .bind(host: host, port: port).get()
    }

    private static var headerLimits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 16 << 10
        limits.maxHeaderListSize = 32 << 10
        limits.maxHeaderFieldCount = 100
        return limits
    }

    /// Where it listens.
    var port: Int? { channel.localAddress?.port }

    /// Accepts nobody any more, has each connection end after its answers, and returns when all have.
    ///
    /// - Parameter seconds: after which those that are left are closed.
    func stop(within seconds: Double) async throws {
        try await channel.close()
        // What was accepted by now has its handlers after this.
        for eventLoop in Self.eventLoops.makeIterator() { try await eventLoop.submit {}.get() }
        for connection in connections.all {
            connection.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
        let end = ContinuousClock.now + .seconds(seconds)
        // Once in a service's life, so that no connection has to tell anybody of its end.
        while connections.count > 0, ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(10))
        }
        for connection in connections.all { connection.close(promise: nil) }
    }
}
