import Foundation
import Synchronization

/// Wakes those who wait for something to change, by name.
///
/// Whoever waits does so without a thread. A change that comes before somebody waits for it is not lost: versions are compared.
package final class ChangeSignal: Sendable {
    private struct State {
        var versions: [String: Int64] = [:]
        var waiters: [String: [Int: CheckedContinuation<Void, Never>]] = [:]
        var waiterCount = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "change-signal")

    package init() {}

    /// Whether nothing changes any more.
    package var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Something has a new version.
    package func change(_ name: String, to version: Int64) {
        wake { state in
            state.versions[name] = max(state.versions[name] ?? 0, version)
            return (state.waiters.removeValue(forKey: name) ?? [:]).map(\.value)
        }
    }

    /// Nobody asks for it any more.
    package func forget(_ name: String) {
        wake { state in
            state.versions[name] = nil
            return (state.waiters.removeValue(forKey: name) ?? [:]).map(\.value)
        }
    }

    /// Wakes all, and whoever waits from now on at once.
    package func close() {
        wake { state in
            state.isClosed = true
            defer { state.waiters = [:] }
            return state.waiters.values.flatMap(\.values)
        }
    }

    /// Waits until something is newer than a version, some time has passed, the task is cancelled, or all is closed.
    package func wait(for name: String, newerThan version: Int64, seconds: Double) async {
        let number = state.withLock { state in
            state.waiterCount += 1
            return state.waiterCount
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    guard !state.isClosed, (state.versions[name] ?? 0) <= version, !Task.isCancelled else {
                        return true
                    }
                    state.waiters[name, default: [:]][number] = continuation
                    return false
                }
                guard !isDue else { return continuation.resume() }
                queue.asyncAfter(deadline: .now() + seconds) { [weak self] in self?.end(number, name) }
            }
        } onCancel: {
            end(number, name)
        }
    }

    private func end(_ number: Int, _ name: String) {
        wake { state in
            guard let waiter = state.waiters[name]?.removeValue(forKey: number) else { return [] }
            if state.waiters[name]?.isEmpty == true { state.waiters[name] = nil }
            return [waiter]
        }
    }

    private func wake(_ body: (inout State) -> [CheckedContinuation<Void, Never>]) {
        let waiters = state.withLock { body(&$0) }
        for waiter in waiters { waiter.resume() }
    }
}
