/// SHA-256, for names of contents: equal digests mean equal bytes.
///
/// Our own, because a package for it would bring a whole library of cryptography into every build.
///
/// - Source: FIPS 180-4, sections 4.1.2, 4.2.2, 5 and 6.2; the names of variables are its own.
package struct SHA256: Sendable {
    private var state = initialState
    /// What has come since the last whole block.
    private var rest: [UInt8] = []
    private var byteCount = 0
    private static let blockByteCount = 64

    package init() {}

    /// Adds bytes to those that came before.
    package mutating func update(_ bytes: RawSpan) {
        byteCount += bytes.byteCount
        var start = 0
        if !rest.isEmpty {
            start = min(Self.blockByteCount - rest.count, bytes.byteCount)
            bytes.extracting(0..<start).withUnsafeBytes { rest.append(contentsOf: $0) }
            guard rest.count == Self.blockByteCount else { return }
            state = Self.compressed(state, rest.span.bytes)
            rest.removeAll(keepingCapacity: true)
        }
        let end = bytes.byteCount - (bytes.byteCount - start) % Self.blockByteCount
        state = Self.compressed(state, bytes.extracting(start..<end))
        bytes.extracting(end..<bytes.byteCount).withUnsafeBytes { rest.append(contentsOf: $0) }
    }

    /// The 32 bytes of the digest of all that came; more may come after.
    package func finalize() -> [UInt8] {
        var last = self
        let bitCount = UInt64(byteCount) * 8
        let zeroCount = (2 * Self.blockByteCount - rest.count - 9) % Self.blockByteCount
        var padding = [0x80] + [UInt8](repeating: 0, count: zeroCount)
        withUnsafeBytes(of: bitCount.bigEndian) { padding.append(contentsOf: $0) }
        last.update(padding.span.bytes)
        return (0..<8).flatMap { word in
            withUnsafeBytes(of: last.state[word].bigEndian) { Array($0) }
        }
    }

    /// The digest in hexadecimal digits.
    package var hexDigest: String {
        finalize().map { byte in
            let digits = String(byte, radix: 16)
            return digits.count < 2 ? "0" + digits : digits
        }.joined()
    }

    /// The digest of some bytes in hexadecimal digits.
    package static func hexDigest(of bytes: RawSpan) -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.hexDigest
    }

    /// - Parameter blocks: whole blocks.
    private static func compressed(_ state: SIMD8<UInt32>, _ blocks: RawSpan) -> SIMD8<UInt32> {
        constants.withUnsafeBufferPointer { constants in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
                var state = state
                for offset in stride(from: 0, to: blocks.byteCount, by: blockByteCount) {
                    schedule(blocks, at: offset, into: words)
                    state = rounds(state, words, constants)
                }
                return state
            }
        }
    }

    /// The message schedule W of one block.
    private static func schedule(
        _ blocks: RawSpan, at offset: Int, into words: UnsafeMutableBufferPointer<UInt32>
    ) {
        for t in 0..<16 {
            words[t] = UInt32(
                bigEndian: blocks.unsafeLoadUnaligned(
                    fromUncheckedByteOffset: offset + 4 * t, as: UInt32.self))
        }
        for t in 16..<64 {
            let (w15, w2) = (words[t - 15], words[t - 2])
            let sigma0 = rotated(w15, 7) ^ rotated(w15, 18) ^ w15 >> 3
            let sigma1 = rotated(w2, 17) ^ rotated(w2, 19) ^ w2 >> 10
            words[t] = words[t - 16] &+ sigma0 &+ words[t - 7] &+ sigma1
        }
    }

    /// The state after one block.
    private static func rounds(
        _ state: SIMD8<UInt32>, _ words: UnsafeMutableBufferPointer<UInt32>,
        _ constants: UnsafeBufferPointer<UInt32>
    ) -> SIMD8<UInt32> {
        var (a, b) = (state[0], state[1])
        var (c, d) = (state[2], state[3])
        var (e, f) = (state[4], state[5])
        var (g, h) = (state[6], state[7])
        // Instead of eight variables that move on in each round, their names do: after eight rounds all are back.
        for t in stride(from: 0, to: 64, by: 8) {
            round(a, b, c, &d, e, f, g, &h, constants[t] &+ words[t])
            round(h, a, b, &c, d, e, f, &g, constants[t + 1] &+ words[t + 1])
            round(g, h, a, &b, c, d, e, &f, constants[t + 2] &+ words[t + 2])
            round(f, g, h, &a, b, c, d, &e, constants[t + 3] &+ words[t + 3])
            round(e, f, g, &h, a, b, c, &d, constants[t + 4] &+ words[t + 4])
            round(d, e, f, &g, h, a, b, &c, constants[t + 5] &+ words[t + 5])
            round(c, d, e, &f, g, h, a, &b, constants[t + 6] &+ words[t + 6])
            round(b, c, d, &e, f, g, h, &a, constants[t + 7] &+ words[t + 7])
        }
        return state &+ SIMD8(a, b, c, d, e, f, g, h)
    }

    /// One round; what becomes `e` and `a` of the next one stands in `d` and `h` afterwards.
    @inline(__always)
    private static func round(
        _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32, _ e: UInt32, _ f: UInt32, _ g: UInt32,
        _ h: inout UInt32, _ word: UInt32
    ) {
        let sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
        let sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
        let choice = g ^ e & (f ^ g)
        let majority = a & b | c & (a | b)
        let t1 = h &+ sum1 &+ choice &+ word
        d = d &+ t1
        h = t1 &+ sum0 &+ majority
    }

    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word &>> count | word &<< (32 &- count)
    }

    /// The first 32 bits of the fractions of the square roots of the first 8 primes.
    private static let initialState = SIMD8<UInt32>(
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
        0x5be0_cd19)
    /// The first 32 bits of the fractions of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7,
        0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc,
        0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351,
        0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e,
        0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585,
        0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f,
        0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]
}
