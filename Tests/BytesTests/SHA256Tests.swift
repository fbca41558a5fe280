import Bytes
import Foundation
import Testing

@Suite struct SHA256Tests {
    /// The published examples of FIPS 180-4, at csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ])
    func agreesWithPublishedValues(text: String, digest: String) {
        let bytes = Array(text.utf8)
        #expect(SHA256.hexDigest(of: bytes.span.bytes) == digest)
    }

    @Test(arguments: 0...200) func agreesWithThePlainVersion(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ count) }
        var hash = SHA256()
        hash.update(bytes.span.bytes)
        #expect(hash.finalize() == plainDigest(of: bytes))
    }

    @Test(arguments: UInt64(0)..<50) func partsAreAsGoodAsTheWhole(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let bytes = (0..<Int.random(in: 0...1000, using: &random)).map { _ in
            UInt8.random(in: 0...255, using: &random)
        }
        var (hash, start) = (SHA256(), 0)
        while start < bytes.count {
            let end = min(start + Int.random(in: 0...150, using: &random), bytes.count)
            hash.update(bytes.span.bytes.extracting(start..<end))
            // It may be asked at any time.
            var whole = SHA256()
            whole.update(bytes.span.bytes.extracting(0..<end))
            #expect(hash.finalize() == whole.finalize())
            start = end
        }
        #expect(hash.finalize() == plainDigest(of: bytes))
    }
}

/// FIPS 180-4 word by word. The constants are computed: first bits of the fractions of roots of primes.
private func plainDigest(of bytes: [UInt8]) -> [UInt8] {
    let primes = (2...311).filter { n in !(2..<n).contains { n % $0 == 0 } }
    func fraction(_ root: (Double) -> Double, _ prime: Int) -> UInt32 {
        let value = root(Double(prime))
        return UInt32((value - value.rounded(.down)) * 4_294_967_296)
    }
    let constants = primes.map { fraction(cbrt, $0) }
    var hash = primes.prefix(8).map { fraction({ $0.squareRoot() }, $0) }
    func rotated(_ x: UInt32, _ n: UInt32) -> UInt32 { x >> n | x << (32 - n) }
    var message = bytes + [0x80]
    while message.count % 64 != 56 { message.append(0) }
    message += (0..<8).map { UInt8(truncatingIfNeeded: (bytes.count * 8) >> (56 - 8 * $0)) }
    for start in stride(from: 0, to: message.count, by: 64) {
        var w = (0..<16).map { t in
            (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(message[start + 4 * t + $1]) }
        }
        for t in 16..<64 {
            let sigma0 = rotated(w[t - 15], 7) ^ rotated(w[t - 15], 18) ^ w[t - 15] >> 3
            let sigma1 = rotated(w[t - 2], 17) ^ rotated(w[t - 2], 19) ^ w[t - 2] >> 10
            w.append(w[t - 16] &+ sigma0 &+ w[t - 7] &+ sigma1)
        }
        var v = hash
        for t in 0..<64 {
            let sum1 = rotated(v[4], 6) ^ rotated(v[4], 11) ^ rotated(v[4], 25)
            let sum0 = rotated(v[0], 2) ^ rotated(v[0], 13) ^ rotated(v[0], 22)
            let t1 = v[7] &+ sum1 &+ (v[4] & v[5] ^ ~v[4] & v[6]) &+ constants[t] &+ w[t]
            let t2 = sum0 &+ (v[0] & v[1] ^ v[0] & v[2] ^ v[1] & v[2])
            v = [t1 &+ t2] + v[0..<3] + [v[3] &+ t1] + v[4..<7]
        }
        for index in 0..<8 { hash[index] &+= v[index] }
    }
    return hash.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) } }
}
