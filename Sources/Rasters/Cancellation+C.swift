import Files

extension Cancellation {
    /// Asks the cancellation that `pointer` gives, for functions of C.
    static let isRequestedAt: @convention(c) (_ pointer: UnsafeRawPointer?) -> Bool = { pointer in
        pointer.map { Unmanaged<Cancellation>.fromOpaque($0).takeUnretainedValue().isRequested } ?? false
    }

    /// For `isRequestedAt`, as long as somebody holds this object.
    var pointer: UnsafeRawPointer { UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }
}
