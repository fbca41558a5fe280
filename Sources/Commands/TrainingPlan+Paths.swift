import ArgumentParser
import Files
import Foundation
import Training

extension Address {
    /// A plan lies where others read it, and could not say where the data are without them.
    static func refuseSecrets(in paths: [String?]) throws {
        for path in paths.compactMap(\.self) where Address(path).description != path.showingRawBytes {
            throw ValidationError(
                "a plan cannot store secrets, but \(Address(path)) contains one; set credentials in the environment, see docs/data-lake.md"
            )
        }
    }
}

extension TrainingPlan {
    func refuseSecrets() throws {
        try Address.refuseSecrets(
            in: [dataPath, validationPath, weightsPath, validationScenePath, validationTruthPath])
    }

    /// Makes the paths of what is read hold in whichever folder the run is resumed or its plan is used again.
    ///
    /// The output's stays as it was typed: a resumed run is where its folder is found.
    mutating func makePathsAbsolute() {
        dataPath = Self.absolute(dataPath)
        validationPath = validationPath.map(Self.absolute)
        weightsPath = weightsPath.map(Self.absolute)
        validationScenePath = validationScenePath.map(Self.absolute)
        validationTruthPath = validationTruthPath.map(Self.absolute)
    }

    /// `..` stays: what it leads to from behind a link, only the system knows.
    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") || Address(path).localPath != path
            ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
