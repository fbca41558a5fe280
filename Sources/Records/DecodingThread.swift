import Foundation

/// Starts a thread for work that decodes pictures.
func startDecodingThread(_ work: @escaping @Sendable () -> Void) {
    let thread = Thread(block: work)
    // Decoders want more than the half megabyte that some systems give.
    thread.stackSize = 4 << 20
    thread.start()
}
