import HTTPTypes
import NIOCore
import NIOHTTP1

/// Gives the requests of one connection to the service, one after another, and writes the answers.
///
/// Nothing more is read while pieces of a body wait for their reader, requests for the answers before them, or answers for a client
/// that does not take them.
final class RequestHandler: ChannelInboundHandler, ChannelOutboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Event {
        case part(HTTPServerRequestPart)
        /// No request, or a body that cannot be completed.
        case malformed(any Error)
    }

    private let admit: @Sendable (HTTPRequest) -> Admission
    private let respond: @Sendable (Exchange) async -> Void
    private let connections: Connections
    /// `nil` when the connection has ended.
    private var context: ChannelHandlerContext?
    /// What came before it could be looked at.
    private var waiting = CircularBuffer<Event>()
    /// The request that is answered now.
    private var head: HTTPRequestHead?
    private var source: RequestBody.Pieces.Source?
    private var isRequestComplete = true
    /// The answer to a request that is refused; it is given when the request is complete, so that the connection goes on.
    private var refusal: (head: HTTPResponse, body: ByteBuffer)?
    /// Nothing comes after this request.
    private var isLast = false
    private var isBodyFull = false
    private var isReadHeld = false
    /// A request was answered, and others wait.
    private var isTurnOver = false

    /// - Parameters:
    ///   - admit: asked of each request before anything is done for it.
    ///   - respond: ends each exchange that it is given.
    init(
        connections: Connections, admit: @escaping @Sendable (HTTPRequest) -> Admission,
        respond: @escaping @Sendable (Exchange) async -> Void
    ) {
        self.connections = connections
        self.admit = admit
        self.respond = respond
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        if head != nil { connections.becomeFree() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        source?.finish(ChannelError.inputClosed)
        source = nil
        waiting.removeAll()
        context.fireChannelInactive()
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { take(.part(unwrapInboundIn(data))) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        // A problem is the guard's, with a body that comes too slowly.
        case is HTTPParserError, is Problem: take(.malformed(error))
        // Bytes that follow a malformed request: its answer is on its way.
        case is ByteToMessageDecoderError: break
        default: context.close(promise: nil)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        goOn()
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        isReadHeld = isBodyFull || !waiting.isEmpty || !context.channel.isWritable
        if !isReadHeld { context.read() }
    }

    private func take(_ event: Event) {
        waiting.append(event)
        goOn()
    }

    /// Looks at what waits, as far as that can be.
    private func goOn() {
        guard let context else { return }
        while head == nil && context.channel.isWritable && !isTurnOver || !isRequestComplete,
            let event = waiting.popFirst()
        {
            handle(event, context)
        }
        if isReadHeld { read(context: context) }
    }

    private func handle(_ event: Event, _ context: ChannelHandlerContext) {
        switch event {
        case .part(.head(let head)):
            if !isLast { begin(head, context) }
        case .part(.body(let bytes)):
            // Where nobody wants it, the connection ends soon after the answer.
            if let source, source.yield(bytes) != .produceMore { isBodyFull = true }
        case .part(.end):
            isRequestComplete = true
            source?.finish()
            source = nil
            if let refusal { answer(refusal) }
        case .malformed(let error):
            if let refusal {
                answer(refusal)
            } else if let source {
                source.finish(error)
            } else if head == nil, !isLast {
                refuse(context)
            }
            source = nil
            isLast = true
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        // The decoder reads nothing after an upgrade, which we never do. HTTP/1.0 is not asked whether it goes on.
        isLast =
            head.version != .http1_1 || !head.isKeepAlive || head.headers.contains(name: "upgrade")
            || head.method == .CONNECT
        isRequestComplete = false
        isBodyFull = false
        guard let request = HTTPRequest(head) else {
            refuse(context)
            return isLast = true
        }
        self.head = head
        connections.becomeBusy()
        let place: PredictionQueue.Place?
        switch admit(request) {
        case .passed(let given): place = given
        case .refused(let answerHead, let answerBody):
            refusal = (answerHead, answerBody)
            let byteCount = head.headers.first(name: "content-length").map { Int($0) ?? .max } ?? 0
            // Who has much to send, or waits for leave to send it, is told at once.
            let isToldAtOnce =
                byteCount > ConnectionGuard.drainByteLimit || head.headers.contains(name: "transfer-encoding")
                || head.headers.contains(name: "expect")
            if isToldAtOnce, let refusal { answer(refusal) }
            return
        }
        var body = RequestBody.none
        if head.headers.contains(name: "transfer-encoding")
            || head.headers.first(name: "content-length").map({ $0 != "0" }) == true
        {
            let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
            let eventLoop = context.eventLoop
            let made = RequestBody.make { eventLoop.execute { connection.value.readBody() } }
            source = made.source
            body = made.body
        }
        let exchange = Exchange(
            request, body: body, place: place, connection: self, eventLoop: context.eventLoop)
        Task { [respond] in await respond(exchange) }
    }

    private func answer(_ refusal: (head: HTTPResponse, body: ByteBuffer)) {
        self.refusal = nil
        write(refusal.head)
        write(refusal.body, promise: nil)
        end()
    }

    private func readBody() {
        isBodyFull = false
        goOn()
    }

    /// Answers what is no request, and the connection ends.
    private func refuse(_ context: ChannelHandlerContext) {
        write(ConnectionGuard.refusal(.badRequest))
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    // MARK: Answers

    func write(_ answer: HTTPResponse) {
        guard let context else { return }
        var head = HTTPResponseHead(answer)
        guard head.status.code >= 200 else {
            // HTTP/1.0 does not know them.
            guard self.head?.version == .http1_1 else { return }
            return context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        }
        // What is left of the body may be there already, and is no request.
        isLast = isLast || !isRequestComplete
        // The connection's end is the answer's: a client of HTTP/1.0 knows no pieces, and the encoder would end them for HEAD, too.
        if let request = self.head, request.version != .http1_1 || request.method == .HEAD,
            answer.headerFields[.contentLength] == nil, answer.status != .noContent,
            answer.status != .notModified
        {
            head.version = .http1_0
            isLast = true
        }
        if isLast { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    func write(_ bytes: ByteBuffer, promise: EventLoopPromise<Void>?) {
        guard let context else { return promise?.fail(ChannelError.ioOnClosedChannel) ?? () }
        context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: promise)
    }

    func send(_ bytes: ByteBuffer, promise: EventLoopPromise<Void>) {
        write(bytes, promise: promise)
        context?.flush()
    }

    /// Completes the answer; then the next request's turn comes.
    func end() {
        guard let context, head != nil else { return }
        head = nil
        connections.becomeFree()
        source = nil
        isBodyFull = false
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        guard !waiting.isEmpty else { return goOn() }
        // Other connections have their turn first: an event loop does all that is ready before it looks at them.
        isTurnOver = true
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: connections.turnTime) {
            this.value.isTurnOver = false
            this.value.goOn()
        }
    }

    func abandon() { context?.close(promise: nil) }
}
