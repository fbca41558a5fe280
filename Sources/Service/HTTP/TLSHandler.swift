import NIOCore

/// Stands between a socket and HTTP, and speaks TLS with the client.
final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let session: TLSSession
    /// What is to be sent once the keys are there.
    private var waiting: [(bytes: ByteBuffer, promise: EventLoopPromise<Void>?)] = []

    /// The client has said that it sends no more.
    private var isInputEnded = false

    init(_ session: TLSSession) { self.session = session }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // The session would keep what comes after the end.
        guard !isInputEnded else { return }
        guard session.receive(unwrapInboundIn(data)) else { return context.close(promise: nil) }
        while true {
            let input = session.read()
            sendRecords(context)
            switch input {
            case .bytes(let bytes): context.fireChannelRead(wrapInboundOut(bytes))
            case .waiting: return
            case .end:
                isInputEnded = true
                return context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            case .failed: return context.close(promise: nil)
            }
            guard context.channel.isActive else { return }
        }
    }

    /// Sends the records of the handshake, and what waited for the keys.
    private func sendRecords(_ context: ChannelHandlerContext) {
        let records = session.recordsToSend()
        if records.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(records), promise: nil) }
        guard !waiting.isEmpty, session.isEstablished else { return }
        let parts = waiting
        waiting = []
        for part in parts { send(part.bytes, context, promise: part.promise) }
        context.flush()
    }

    func read(context: ChannelHandlerContext) {
        if !isInputEnded { context.read() }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        guard session.isEstablished else { return waiting.append((bytes, promise)) }
        send(bytes, context, promise: promise)
    }

    private func send(
        _ bytes: ByteBuffer, _ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?
    ) {
        var rest = bytes
        repeat {
            // The session keeps as much memory as it has once needed.
            guard let part = rest.readSlice(length: min(rest.readableBytes, Self.partByteCount)),
                session.write(part)
            else {
                promise?.fail(ChannelError.outputClosed)
                return context.close(promise: nil)
            }
            let isLast = rest.readableBytes == 0
            context.write(wrapOutboundOut(session.recordsToSend()), promise: isLast ? promise : nil)
        } while rest.readableBytes > 0
    }

    private static let partByteCount = 64 << 10

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode != .input, session.isEstablished, context.channel.isActive {
            session.end()
            context.writeAndFlush(wrapOutboundOut(session.recordsToSend()), promise: nil)
        }
        context.close(mode: mode, promise: promise)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        for part in waiting { part.promise?.fail(ChannelError.ioOnClosedChannel) }
        waiting = []
    }
}
