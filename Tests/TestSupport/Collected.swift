import Synchronization

/// Values that closures collect, on whichever thread they are called.
public final class Collected<Value: Sendable>: Sendable {
    private let list = Mutex<[Value]>([])

    public init() {}

    /// In the order in which they were added.
    public var values: [Value] { list.withLock { $0 } }

    public func add(_ value: Value) { list.withLock { $0.append(value) } }
}
