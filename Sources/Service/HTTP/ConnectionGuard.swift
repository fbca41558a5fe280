import HTTPTypes
import NIOCore
import NIOHTTP1

/// Watches one connection: how long a header takes, how fast bodies and answers move, what is left of a body when its answer is
/// written, and when the service stops.
///
/// It stands behind the decoder of HTTP and sees every part of a request and of an answer; `rawBytes`, before the decoder, tells it
/// of every byte.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: ServiceLimits
    private let connections: Connections
    /// A header has come, and its body has not ended.
    private var isReading = false
    /// Requests that are complete, and whose answers are not: a client may send several at once.
    private var unansweredCount = 0
    /// Answers that are complete, and not sent to their end.
    private var unsentCount = 0
    /// When something was last written, or seen to be sent.
    private var lastMove = NIODeadline.now()
    /// What was written and not sent, at the last check.
    private var unsentByteCount = 0
    /// The first byte of a header that is not complete.
    private var headerBegan: NIODeadline?
    /// An answer has begun, and is not complete.
    private var isAnswering = false
    /// The answer that has begun is the connection's last one.
    private var isClosing = false
    /// The last answer is complete; what the client still sends is read for a moment only.
    private var isOver = false
    /// When nothing is read any more after the last answer.
    private var drainEnd: NIODeadline?
    /// The client sends nothing more.
    private var isInputEnded = false
    private var checks: Scheduled<Void>?
    /// Bytes of a body that came since `waitingChecks` was 0.
    private var readByteCount = 0
    /// Checks at which more of a body was waited for.
    private var waitingChecks = 0
    private var isReadAsked = false
    /// Bytes that came after the last answer, or after the last request while that is answered.
    private var drainedByteCount = 0
    /// Bytes of which the decoder has made nothing yet.
    private var unparsedByteCount = 0
    private var isStopping: Bool
    private let isSecure: Bool
    /// Whether too many connections were open when this one came.
    private var isRefused = false

    /// More than this of a body that nobody wants is not read.
    static let drainByteLimit = 1 << 20
    private static let drainTime = TimeAmount.seconds(2)
    /// How long the bytes of a request that was sent before the stop may take to be seen.
    private static let stopTime = TimeAmount.milliseconds(300)
    private static let checkTime = TimeAmount.milliseconds(1000)

    /// - Parameter isSecure: whether TLS stands before it, with which nothing can be said before the keys are there.
    init(limits: ServiceLimits, connections: Connections, state: ServiceState, isSecure: Bool) {
        self.isSecure = isSecure
        self.limits = limits
        self.connections = connections
        // Who comes while the service stops is answered once.
        isStopping = state.isStopping
    }

    func handlerAdded(context: ChannelHandlerContext) {
        isRefused = !connections.add(context.channel, limit: limits.connectionCount)
        scheduleCheck(context)
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        guard isRefused else { return }
        if isSecure { context.close(promise: nil) } else { refuse(context, .serviceUnavailable) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { end(context) }

    func channelInactive(context: ChannelHandlerContext) {
        end(context)
        context.fireChannelInactive()
    }

    private func end(_ context: ChannelHandlerContext) {
        checks?.cancel()
        checks = nil
        connections.remove(context.channel)
    }

    /// Stands before the decoder.
    func rawBytes() -> RawBytes { RawBytes { [weak self] bytes in self?.cameBytes(bytes) } }

    private func cameBytes(_ bytes: ByteBuffer) {
        // RFC 9112, 2.2: empty lines before a request are none of it.
        if !isReading, headerBegan == nil, bytes.readableBytesView.contains(where: { $0 != 13 && $0 != 10 }) {
            headerBegan = .now()
        }
        unparsedByteCount += bytes.readableBytes
        if isOver || isClosing && !isReading { drainedByteCount += bytes.readableBytes }
    }

    // MARK: Requests

    func read(context: ChannelHandlerContext) {
        // The answer is on its way; a connection that is closed over what nobody has read would be reset, with the answer.
        guard drainedByteCount <= Self.drainByteLimit else { return }
        isReadAsked = true
        context.read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReadAsked = false
        context.fireChannelReadComplete()
        // After an upgrade, and in what surrounds chunks, the decoder keeps or passes over whatever comes.
        if unparsedByteCount > Self.drainByteLimit, !isOver { context.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        unparsedByteCount = 0
        switch unwrapInboundIn(data) {
        case .head:
            headerBegan = nil
            // What comes after the last request is no request.
            guard !isOver, !isClosing else { return }
            isReading = true
            (readByteCount, waitingChecks) = (0, 0)
        case .body(let bytes):
            guard isReading, !isOver else { return }
            readByteCount += bytes.readableBytes
        case .end:
            defer { isReading = false }
            guard isReading, !isOver else { return }
            unansweredCount += 1
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What is no request has an answer, too, and a body that is malformed ends so.
        if error is HTTPParserError, !isOver, !isClosing {
            isReading = false
            headerBegan = nil
            unansweredCount += 1
        }
        context.fireErrorCaught(error)
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isOver else { return promise?.fail(ChannelError.outputClosed) ?? () }
        let part = unwrapOutboundIn(data)
        switch part {
        case .head(var head):
            guard head.status.code >= 200 else { break }
            if isLast { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            isClosing = !head.isKeepAlive
            isAnswering = true
            return context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body: lastMove = .now()
        case .end:
            isOver = isClosing || isLast
            isAnswering = false
            unansweredCount = max(0, unansweredCount - 1)
            return send(part, context, promise: promise)
        }
        context.write(data, promise: promise)
    }

    /// Whether the answer under way is the connection's last one: its request is not complete, or the service stops.
    private var isLast: Bool {
        unansweredCount == 0 || isStopping && unansweredCount == 1 && !isReading
    }

    /// Whether nothing is under way, in either direction.
    private var isIdle: Bool { unansweredCount == 0 && unsentCount == 0 && !isReading }

    /// Sends the end of an answer.
    private func send(
        _ part: HTTPServerResponsePart, _ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?
    ) {
        if unsentCount == 0 { lastMove = .now() }
        unsentCount += 1
        let sent = promise ?? context.eventLoop.makePromise()
        sent.futureResult.assumeIsolated().whenComplete { [self] _ in
            unsentCount -= 1
            lastMove = .now()
            endIfDone(context)
        }
        context.writeAndFlush(wrapOutboundOut(part), promise: sent)
    }

    /// Whether nothing is left to do, and nothing more to wait for.
    private var isDone: Bool {
        unsentCount == 0 && (isInputEnded ? isOver || isIdle : !isOver && isStopping && isIdle)
    }

    /// Ends the connection where nothing is left to do on it.
    private func endIfDone(_ context: ChannelHandlerContext) {
        guard context.channel.isActive, unsentCount == 0 else { return }
        if isDone {
            // Not within the flush that has sent the answer: what TLS says at the end would not be sent.
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            let this = NIOLoopBound(self, eventLoop: context.eventLoop)
            context.eventLoop.execute {
                if this.value.isDone { bound.value.close(promise: nil) }
            }
        } else if isOver, drainEnd == nil {
            // The client shall read its answer before the connection ends: closed at once, what it sends meanwhile would reset it.
            drainEnd = .now() + Self.drainTime
            context.close(mode: .output, promise: nil)
        }
    }

    // MARK: Time

    private func scheduleCheck(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        checks = context.eventLoop.scheduleTask(in: Self.checkTime) {
            this.value.check(bound.value)
        }
    }

    private func check(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        let now = NIODeadline.now()
        let byteCount = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        if byteCount < unsentByteCount { lastMove = now }
        unsentByteCount = byteCount
        let isUnsent = byteCount > 0 || unsentCount > 0
        if isUnsent || isIdle && headerBegan == nil,
            now - lastMove > TimeAmount(seconds: limits.idleSeconds)
        {
            return context.close(promise: nil)
        }
        if let drainEnd, now > drainEnd { return context.close(promise: nil) }
        if let headerBegan, !isOver, unansweredCount == 0,
            now - headerBegan > TimeAmount(seconds: limits.headerSeconds)
        {
            refuse(context, .requestTimeout)
            return scheduleCheck(context)
        }
        if isStopping, isIdle, headerBegan == nil { return context.close(promise: nil) }
        // Not where we are the slow ones, who have not asked for more.
        if isReading, !isOver, isReadAsked || isInputEnded { waitingChecks += 1 }
        if Double(waitingChecks) >= limits.slownessSeconds {
            let isSlow = readByteCount < waitingChecks * limits.bytesPerSecond
            (readByteCount, waitingChecks) = (0, 0)
            if isSlow, !isOver { context.fireErrorCaught(slowBody) }
        }
        scheduleCheck(context)
    }

    private var slowBody: Problem {
        Problem(
            .requestTimeout,
            "the body came too slowly: less than \(limits.bytesPerSecond) bytes a second over \(limits.slownessSeconds) s"
        )
    }

    /// Answers in place of the rooms behind, and ends the connection.
    private func refuse(_ context: ChannelHandlerContext, _ status: HTTPResponse.Status) {
        guard !isAnswering else { return context.close(promise: nil) }
        isOver = true
        context.write(wrapOutboundOut(.head(HTTPResponseHead(Self.refusal(status)))), promise: nil)
        send(.end(nil), context, promise: nil)
    }

    /// The answer to what is no request, or none that is looked at.
    static func refusal(_ status: HTTPResponse.Status) -> HTTPResponse {
        var head = HTTPResponse(status: status)
        SafetyFields.add(to: &head.headerFields)
        head.headerFields[.requestID] = newID()
        head.headerFields[.connection] = "close"
        head.headerFields[.contentLength] = "0"
        if status == .serviceUnavailable { head.headerFields[.retryAfter] = "1" }
        return head
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            isInputEnded = true
            endIfDone(context)
        }
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        isStopping = true
        guard isIdle else { return }
        // A request may have been sent already: it is seen soon, and answered.
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.stopTime) {
            let this = this.value
            if this.isIdle, this.headerBegan == nil { bound.value.close(promise: nil) }
        }
    }
}

/// Tells that bytes have come, before anybody makes a request of them.
final class RawBytes: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let came: (ByteBuffer) -> Void

    init(_ came: @escaping (ByteBuffer) -> Void) { self.came = came }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        came(unwrapInboundIn(data))
        context.fireChannelRead(data)
    }
}

extension TimeAmount {
    fileprivate init(seconds: Double) { self = .nanoseconds(Int64(seconds * 1e9)) }
}
