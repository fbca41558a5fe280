import Files
import Foundation
import HTTPTypes
import Rasters

/// What a service says of itself: health, metadata, metrics, its API and its page.
struct ServiceRoutes {
    let version: String
    let needsToken: Bool
    let limits: ServiceLimits
    let state: ServiceState
    let metrics: ServiceMetrics
    let connections: Connections
    let shelf: ModelShelf
    let dataFolder: String
    /// How many scans are in which state.
    let scanCounts: @Sendable () async throws -> [ScanPhase: Int]

    var routes: [Route] {
        let live: Route.Handler = { _ in try .json(["status": "live"]) }
        let ready: Route.Handler = { [state] _ in
            guard state.isReady else {
                throw Problem.busy(.serviceUnavailable, "the service is starting or stopping")
            }
            return try .json(["status": "ready"])
        }
        let files = PageFiles()
        return [
            Route(.get, "/", isOpen: true) { request in try files.answer("index.html", to: request) },
            Route(.get, "/assets/{name}", isOpen: true) { request in
                try files.answer(request["name"], to: request)
            },
            Route(.get, "/health/live", isOpen: true, live),
            Route(.get, "/health/ready", isOpen: true, ready),
            Route(.get, "/v2/health/live", isOpen: true, live),
            Route(.get, "/v2/health/ready", isOpen: true, ready),
            Route(.get, "/v2") { [version] _ in
                try .json(OpenServer(name: "tilescope", version: version, extensions: []))
            },
            Route(.get, "/metrics") { [self] _ in
                Answer(try await metrics.text(gauges()), type: "text/plain; version=0.0.4; charset=utf-8")
            },
            Route(.get, "/v1/openapi.json") { request in try files.answer("openapi.json", to: request) },
            Route(.get, "/v1/service") { [self] _ in
                try .json(
                    ServiceFacts(
                        version: version, tokenNeeded: needsToken,
                        limits: .init(
                            bodyByteCount: limits.bodyByteCount,
                            imagePixelCount: ImageDecoder.pixelCountLimit,
                            queueImageCount: limits.waitingPictureCount,
                            uploadByteCount: limits.uploadByteCount),
                        outputForms: ScanRule.knownForms, diskFreeByteCount: freeByteCount(in: dataFolder)))
            },
        ]
    }

    private func gauges() async throws -> [ServiceMetrics.Gauge] {
        let models = shelf.all
        return [
            .init("tilescope_connections", "Connections that are open.", Double(connections.count)),
            .init(
                "tilescope_waiting_images", "Images that wait for a model or are being classified.",
                by: "model", models.map { ($0.name, Double($0.model?.waitingCount ?? 0)) }),
            .init(
                "tilescope_models", "Models by whether they can be used.", by: "state",
                [
                    ("ready", Double(models.count { $0.error == nil })),
                    ("failed", Double(models.count { $0.error != nil })),
                ]),
            .init(
                "tilescope_scans", "Scans by their state.", by: "state",
                try await scanCounts().map { ($0.key.rawValue, Double($0.value)) }.sorted { $0.0 < $1.0 }),
            .init(
                "tilescope_disk_free_bytes", "What is free on the disk of the data folder.",
                Double(freeByteCount(in: dataFolder) ?? 0)),
            .init(
                "process_resident_memory_bytes", "Memory of the process.",
                Double(ProcessUsage.residentByteCount)),
            .init("process_cpu_seconds_total", "CPU time of the process.", ProcessUsage.cpuSeconds),
        ]
    }
}

private struct OpenServer: Encodable {
    var name: String
    var version: String
    var extensions: [String]
}

private struct ServiceFacts: Encodable {
    struct Limits: Encodable {
        var bodyByteCount: Int
        var imagePixelCount: Int
        var queueImageCount: Int
        var uploadByteCount: Int
    }

    var version: String
    var tokenNeeded: Bool
    var limits: Limits
    var outputForms: [String]
    var diskFreeByteCount: Int?
}
