/// How well one class was found in a scene, or all classes together.
package struct ClassEvaluation: Hashable, Sendable, Codable {
    /// Average precision at one IoU.
    package struct AveragePrecision: Hashable, Sendable, Codable {
        package var iouThreshold: Float
        /// Of all classes together the mean over those that are there; `nil` where there is nothing to find.
        package var value: Double?
    }

    /// `nil` for all classes together.
    package var className: String?
    /// Objects that are to be found: those that are visible enough.
    package var truthCount = 0
    /// The next ones are for detections from the scan's threshold on, by the rule for pictures.
    package var hitCount = 0
    package var falseAlarmCount = 0
    package var missCount = 0
    /// Detections on objects that do not count.
    package var neitherCount = 0
    /// `nil` where nothing was found.
    package var precision: Double?
    /// `nil` where there is nothing to find.
    package var recall: Double?
    package var causes = FalseAlarmCauses()
    /// In the order of the IoU thresholds.
    package var averagePrecisions: [AveragePrecision] = []
    /// `nil` where no detection is right.
    package var bestThreshold: BestThreshold?
    /// False alarms on so much of the scene.
    package var falseAlarmsPer100Megapixels: Double?
    /// `nil` where nobody says how large a pixel is.
    package var falseAlarmsPerSquareKilometre: Double?
    /// Places that somebody has marked as no object.
    package var hardNegativeCount = 0
    /// Those of them that a detection still lies on.
    package var foundHardNegativeCount = 0

    /// Adds up what can be added, and makes the rest of it.
    ///
    /// - Parameter area: that was scanned.
    mutating func add(_ other: ClassEvaluation, of area: ScannedArea) {
        truthCount += other.truthCount
        hitCount += other.hitCount
        falseAlarmCount += other.falseAlarmCount
        missCount += other.missCount
        neitherCount += other.neitherCount
        hardNegativeCount += other.hardNegativeCount
        foundHardNegativeCount += other.foundHardNegativeCount
        for cause in FalseAlarmCause.allCases { causes[cause] += other.causes[cause] }
        makeRates(of: area)
    }

    mutating func makeRates(of area: ScannedArea) {
        let judgedCount = hitCount + falseAlarmCount
        precision = judgedCount > 0 ? Double(hitCount) / Double(judgedCount) : nil
        recall = truthCount > 0 ? Double(hitCount) / Double(truthCount) : nil
        falseAlarmsPer100Megapixels =
            area.pixelCount > 0 ? Double(falseAlarmCount) / (area.pixelCount / 1e8) : nil
        falseAlarmsPerSquareKilometre = area.squareMetres.flatMap {
            $0 > 0 ? Double(falseAlarmCount) / ($0 / 1e6) : nil
        }
    }
}

/// How much of a scene was looked at.
package struct ScannedArea: Hashable, Sendable, Codable {
    /// Pixels of the scene at full size.
    package var pixelCount: Double
    /// `nil` where nobody says how large a pixel is.
    package var squareMetres: Double?

    package init(pixelCount: Double, squareMetres: Double? = nil) {
        (self.pixelCount, self.squareMetres) = (pixelCount, squareMetres)
    }
}

/// How often an object of one class was found as one of another class.
package struct ClassConfusion: Hashable, Sendable, Codable {
    package var trueClass: String
    package var foundClass: String
    package var count: Int

    package init(trueClass: String, foundClass: String, count: Int) {
        (self.trueClass, self.foundClass) = (trueClass, foundClass)
        self.count = count
    }
}
