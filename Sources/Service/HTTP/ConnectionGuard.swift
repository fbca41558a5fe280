import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Watches one connection: how long a header takes, how fast bodies and answers move, what is left of a body when its answer is
/// written, and when the service stops.
///
/// Hummingbird reads what is left of a body after an answer, however long it is, and has no deadline for headers. This handler
/// closes such connections. It stands behind the decoder of HTTP and sees every part of a request and of an answer; `RawBytes`
/// before the decoder tells it of every byte.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: ServiceLimits
    private let connections: ConnectionCount
    private let refusal: Refusal
    /// A header has come, and its body has not ended.
    private var isReading = false
    /// Requests that are complete, and whose answers are not: a client may send several at once.
    private var unansweredCount = 0
    private var lastAnswer = NIODeadline.now()
    /// The first byte of a header that is not complete.
    private var headerBegan: NIODeadline?
    /// Set where an answer is complete, and its request is not: the client goes on sending.
    private var drainEnd: NIODeadline?
    private var checks: Scheduled<Void>?
    /// Since the last check.
    private var readByteCount = 0
    private var isReadAsked = false
    private var drainedByteCount = 0
    private var isStopping: Bool
    private var slowChecks = 0
    private var blockedSince: NIODeadline?
    private var isCounted = false
    /// The request whose body comes now was answered already.
    private var isRefusing = false
    /// Whether too many connections were open when this one came.
    private var isRefused = false

    /// More than this of a body that nobody wants is not read.
    private static let drainByteLimit = 1 << 20
    private static let drainTime = TimeAmount.seconds(2)
    /// How long the bytes of a request that was sent before the stop may take to be seen.
    private static let stopTime = TimeAmount.milliseconds(300)
    private static let checkTime = TimeAmount.milliseconds(1000)

    /// Answers a request that cannot be taken now, before anything is done for it; `nil` for all others.
    typealias Refusal = @Sendable (HTTPRequest) -> (head: HTTPResponse, body: ByteBuffer)?

    /// - Parameter refusal: asked of each request that comes alone.
    init(
        limits: ServiceLimits, connections: ConnectionCount, state: ServiceState,
        refusal: @escaping Refusal
    ) {
        self.limits = limits
        self.connections = connections
        // Who comes while the service stops is answered once.
        isStopping = state.isStopping
        self.refusal = refusal
    }

    func handlerAdded(context: ChannelHandlerContext) {
        isCounted = true
        isRefused = !connections.add(limit: limits.connectionCount)
        let raw = RawBytes { [weak self] in self?.bytesCame() }
        do {
            try context.pipeline.syncOperations.addHandler(raw, position: .first)
        } catch {
            return context.close(promise: nil)
        }
        scheduleCheck(context)
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        if isRefused { refuse(context, .serviceUnavailable) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        checks?.cancel()
        checks = nil
        if isCounted { connections.remove() }
        isCounted = false
    }

    private func bytesCame() {
        if !isReading, headerBegan == nil { headerBegan = .now() }
    }

    // MARK: Requests

    func read(context: ChannelHandlerContext) {
        isReadAsked = true
        context.read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReadAsked = false
        context.fireChannelReadComplete()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            let isAlone = isIdle && !isStopping && head.headerFields[.expect] == nil
            isReading = true
            headerBegan = nil
            if isAlone, let answer = refusal(head) {
                isRefusing = true
                context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
                context.write(wrapOutboundOut(.body(answer.body)), promise: nil)
                return context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        case .body(let bytes):
            readByteCount += bytes.readableBytes
            if isRefusing {
                drainedByteCount += bytes.readableBytes
                return drainedByteCount > Self.drainByteLimit ? context.close(promise: nil) : ()
            }
            guard drainEnd != nil else { break }
            drainedByteCount += bytes.readableBytes
            if drainedByteCount > Self.drainByteLimit { return context.close(promise: nil) }
        case .end:
            isReading = false
            if isRefusing {
                isRefusing = false
                drainedByteCount = 0
                lastAnswer = .now()
                return isStopping ? context.close(promise: nil) : ()
            }
            guard drainEnd == nil else { return context.close(promise: nil) }
            unansweredCount += 1
        }
        context.fireChannelRead(data)
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var part = unwrapOutboundIn(data)
        switch part {
        case .head(var head):
            guard head.status.kind != .informational else { break }
            if isLast { head.headerFields[.connection] = "close" }
            part = .head(head)
        case .body: break
        case .end:
            lastAnswer = .now()
            guard unansweredCount > 0 else {
                // Of a request that is not complete. The client shall read its answer before the connection ends: closed at
                // once, what it sends meanwhile would reset it.
                drainEnd = .now() + Self.drainTime
                context.writeAndFlush(wrapOutboundOut(part), promise: promise)
                return context.close(mode: .output, promise: nil)
            }
            unansweredCount -= 1
            if isStopping, isIdle {
                context.writeAndFlush(wrapOutboundOut(part), promise: promise)
                return context.close(promise: nil)
            }
        }
        context.write(wrapOutboundOut(part), promise: promise)
    }

    private var isIdle: Bool { unansweredCount == 0 && !isReading }

    /// Whether the answer that begins now is the connection's last one.
    private var isLast: Bool {
        unansweredCount == 0 || isStopping && unansweredCount == 1 && !isReading
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        blockedSince = context.channel.isWritable ? nil : .now()
        context.fireChannelWritabilityChanged()
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
        if let blockedSince, now - blockedSince > TimeAmount(seconds: limits.idleSeconds) {
            return context.close(promise: nil)
        }
        if let drainEnd, now > drainEnd { return context.close(promise: nil) }
        if let headerBegan, drainEnd == nil, now - headerBegan > TimeAmount(seconds: limits.headerSeconds) {
            refuse(context, .requestTimeout)
            return scheduleCheck(context)
        }
        if isStopping, isIdle, headerBegan == nil { return context.close(promise: nil) }
        if isIdle, headerBegan == nil, now - lastAnswer > TimeAmount(seconds: limits.idleSeconds) {
            return context.close(promise: nil)
        }
        // Not where we are the slow ones, who have not asked for more.
        let isSlow = isReading && isReadAsked && readByteCount < limits.bytesPerSecond
        slowChecks = isSlow ? slowChecks + 1 : 0
        readByteCount = 0
        if Double(slowChecks) >= limits.slownessSeconds, drainEnd == nil { refuse(context, .requestTimeout) }
        scheduleCheck(context)
    }

    /// Answers in place of the rooms behind, and ends the connection.
    private func refuse(_ context: ChannelHandlerContext, _ status: HTTPResponse.Status) {
        var head = HTTPResponse(status: status)
        SafetyFields.add(to: &head.headerFields)
        head.headerFields[.requestID] = hexadecimal(UInt64.random(in: 0...UInt64.max))
        head.headerFields[.connection] = "close"
        head.headerFields[.contentLength] = "0"
        if status == .serviceUnavailable { head.headerFields[.retryAfter] = "1" }
        drainEnd = .now() + Self.drainTime
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(mode: .output, promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        isStopping = true
        guard isIdle else { return }
        // A request may have been sent already: it is seen soon, and answered.
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.stopTime) {
            if this.value.isIdle { bound.value.close(promise: nil) }
        }
    }
}

/// Tells that bytes have come, before anybody makes a request of them.
private final class RawBytes: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let came: () -> Void

    init(_ came: @escaping () -> Void) { self.came = came }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        came()
        context.fireChannelRead(data)
    }
}

/// How many connections are open.
final class ConnectionCount: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    /// Counts one more.
    ///
    /// - Returns: whether there are no more than `limit` now.
    func add(limit: Int) -> Bool { count.add(1, ordering: .relaxed).newValue <= limit }

    func remove() { count.subtract(1, ordering: .relaxed) }
}

extension TimeAmount {
    fileprivate init(seconds: Double) { self = .nanoseconds(Int64(seconds * 1e9)) }
}
