import Foundation
import Testing

/// Holds the code to the table of rooms.
struct ArchitectureTests {
    @Test func everyFolderIsARoom() throws {
        #expect(try Checkout.folders(in: "Sources") == Set(Room.all.map(\.name)))
    }

    @Test(arguments: Room.all) func importsOnlyWhatTheTableAllows(room: Room) throws {
        let objections = try Checkout.imports(in: "Sources/\(room.name)").compactMap(room.objection)
        #expect(objections.isEmpty, "\(Set(objections).sorted())")
    }

    @Test func packageAgreesWithTheTable() throws {
        let table = Dictionary(uniqueKeysWithValues: Room.all.map { ($0.name, $0.imports) })
        #expect(try Checkout.packageDependencies() == table)
    }

    @Test func eachRoomStandsOnThoseBeforeIt() {
        for (index, room) in Room.all.enumerated() {
            let before = Set(Room.all[..<index].map(\.name))
            #expect(room.imports.subtracting(Room.packageModules).isSubset(of: before), "\(room.name)")
        }
    }

    @Test func onlyDevicesNamesAConcreteEngine() {
        for room in Room.all where room.name != "Devices" {
            #expect(room.imports.isDisjoint(with: Room.concreteEngines), "\(room.name)")
        }
    }

    @Test func thePageNamesEveryRoom() throws {
        let page = try Checkout.text(of: "docs/architecture.md")
        for room in Room.all { #expect(page.contains("`\(room.name)`"), "\(room.name)") }
    }

    @Test func testsUseOnlyWhatIsPublicOrPackage() throws {
        // Public or package, never @testable: with it the tests would need a build of their own in release. Here it
        // stands in an example below.
        for folder in try Checkout.folders(in: "Tests") where folder != "ArchitectureTests" {
            #expect(try !Checkout.imports(in: "Tests/\(folder)").contains(where: \.isTestable), "\(folder)")
        }
    }

    @Test func testSupportStandsOnNoRoom() throws {
        let modules = Set(try Checkout.imports(in: "Tests/TestSupport").map(\.module))
        #expect(modules.isSubset(of: Room.systemModules.union(["Testing"])), "\(modules.sorted())")
    }

    @Test func testsWaitForProgramsWithoutRunLoops() throws {
        // `waitForEnd` of TestSupport says why.
        let waiting = try Checkout.swiftFiles(in: "Tests").filter { path in
            try Checkout.text(of: path).contains("waitUntil" + "Exit()")
        }
        // A program of its own, whose only thread waits.
        #expect(waiting == ["Tests/Fuzzing/Campaign.swift"])
    }

    @Test func onlyOneFileWritesToStandardOutput() throws {
        // What is printed goes through `say`, which takes `TerminalText` and JSON, and nothing else.
        let output = "Sources/Commands/Terminal/StandardOutput.swift"
        let printing = try Checkout.swiftFiles(in: "Sources/Commands").filter { path in
            let text = try Checkout.text(of: path).replacing("func print(", with: "")
            return text.firstMatch(of: /(?:[^\w.]|Swift\.)print\(/) != nil
        }
        #expect(printing == [output])
    }

    // MARK: The checks themselves

    @Test func readsEveryKindOfImport() {
        let text = """
            import Pixels
            public import Engines
            @preconcurrency import Foundation
            @_exported import Networks
            @testable import Records
              internal import struct Files.FileWriter
            // import Scenes
            let text = "import Scanning"
            """
        let lines = ImportLine.all(in: text)
        #expect(
            lines.map(\.module) == ["Pixels", "Engines", "Foundation", "Networks", "Records", "Files"])
        #expect(lines.map(\.isVisibleOutside) == [false, true, false, true, false, false])
        #expect(lines.map(\.isTestable) == [false, false, false, false, true, false])
    }

    @Test(arguments: [
        ("Pixels", "import Foundation"), ("Networks", "import Glibc"), ("Rasters", "public import CGDAL"),
        ("Rasters", "package import CGDAL"), ("Training", "import CPUEngine"), ("Engines", "import Pixels"),
        ("Scanning", "import ArgumentParser"), ("Commands", "import TestSupport"),
        ("Commands", "import CPUEngine"),
    ])
    func objectsTo(room: String, line: String) throws {
        let room = try #require(Room.all.first { $0.name == room })
        let parsed = try #require(ImportLine.all(in: line).first)
        #expect(room.objection(to: parsed) != nil)
    }

    @Test(arguments: [
        ("Files", "import Foundation"), ("Rasters", "import CGDAL"), ("Devices", "import CPUEngine"),
        ("Networks", "public import Bytes"),
    ])
    func allows(room: String, line: String) throws {
        let room = try #require(Room.all.first { $0.name == room })
        let parsed = try #require(ImportLine.all(in: line).first)
        #expect(room.objection(to: parsed) == nil)
    }
}
