import Files
import Foundation
import TestSupport
import Testing

import Evaluation

/// Animals and things; the dog has two parents, of which one is deeper.
private let edges = """
    thing animal
    thing artefact
    animal mammal
    animal pet
    mammal canine
    canine dog
    pet dog
    mammal cat
    animal fish

    artefact car
    """
private let classes = ["car", "cat", "dog", "fish"]

private func withHierarchy<Result>(
    _ text: String = edges, names: String? = nil, classes: [String] = classes,
    _ body: (ClassHierarchy) throws -> Result
) throws -> Result {
    try withTemporaryFolder { folder in
        try text.write(toFile: folder + "/tree.txt", atomically: true, encoding: .utf8)
        try names?.write(toFile: folder + "/names.txt", atomically: true, encoding: .utf8)
        let list = try names == nil ? NameList() : NameList(reading: folder + "/names.txt")
        return try body(ClassHierarchy(reading: folder + "/tree.txt", names: list, classNames: classes))
    }
}

private func numbers(_ pairs: [(truth: Int, label: Int)], _ text: String = edges) throws -> HierarchyNumbers {
    try withHierarchy(text) {
        HierarchyNumbers(.make(pairs: pairs, classCount: classes.count), in: $0)
    }
}

@Test func measuresHowFarErrorsLie() throws {
    // Cat for dog: over mammal, cat 1 + dog 2. Car for fish: over thing, car 2 + fish 2.
    let numbers = try numbers([(2, 1), (3, 0), (0, 0)])
    #expect(numbers.errorCount == 2)
    #expect(numbers.meanErrorDistance == 3.5)
    // From the dog: car 5 (over pet), cat 3, fish 3 (over pet); from the fish: car 4, cat 3, dog 3.
    #expect(abs((numbers.chanceErrorDistance ?? 0) - 3.5) < 1e-12)
}

@Test func countsWhatStaysInTheSubtreeAtEachDepth() throws {
    let numbers = try numbers([(2, 1), (3, 0), (0, 0)])
    #expect(numbers.levels.map(\.depth) == [0, 1, 2, 3, 4])
    #expect(numbers.levels.map(\.sampleCount) == [3, 3, 3, 1, 1])
    let errors: [Double?] = [1, 0.5, 0.5, 0, 0]
    #expect(numbers.levels.map(\.errorFraction) == errors)
    let twoThirds = 2.0 / 3
    let sets: [Double?] = [1, twoThirds, twoThirds, 0, 0]
    #expect(numbers.levels.map(\.setFraction) == sets)
    // At depth 1: of the dog's animals 2 of 3 others stay, of the fish's as many. At depth 2 the dog is in mammal and pet.
    #expect(abs((numbers.levels[1].chanceFraction ?? 0) - 2.0 / 3) < 1e-12)
    #expect(abs((numbers.levels[2].chanceFraction ?? 0) - (1.0 / 3 + 0) / 2) < 1e-12)
}

@Test func withoutErrorsThereIsNoDistance() throws {
    let numbers = try numbers([(0, 0), (1, 1)])
    #expect(numbers.meanErrorDistance == nil && numbers.levels[0].errorFraction == nil)
    #expect(numbers.levels[0].setFraction == 1)
}

@Test func severalRootsAreAllright() throws {
    let numbers = try numbers([(2, 1), (3, 0)], "living cat\nliving dog\nliving fish\nmade car")
    #expect(numbers.meanErrorDistance == 3)
    #expect(numbers.levels.map(\.subtreeCount) == [1, 2, 4])
}

@Test func ordersClassesByTheTree() throws {
    // By the lowest label: car, then the animals: mammal with cat and (below canine, its deepest parent) dog; fish.
    try withHierarchy { #expect($0.classOrder == [0, 1, 2, 3]) }
    try withHierarchy(classes: ["dog", "car", "fish", "cat"]) { #expect($0.classOrder == [0, 3, 2, 1]) }
}

@Test func findsClassesByNames() throws {
    let names = "animal\tanimal, beast\ndog\tdomestic dog, dog\n cat  cat, true cat\n"
    try withHierarchy(names: names, classes: ["car", "true cat", "dog some words", "fish"]) {
        #expect($0.classOrder == [0, 1, 2, 3])
    }
    try withHierarchy("a n1\na n2", names: "n1 tabby, tabby cat\nn2 lynx", classes: ["tabby", "lynx"]) {
        #expect($0.classOrder == [0, 1])
    }
}

@Test func ofTwoNodesOfOneNameTheClassIsTheLeaf() throws {
    let names = "n1 convertible\nn2 convertible, sofa bed\nn3 studio couch\nn4 car"
    try withHierarchy("a n1\nb n2\nn2 n3", names: names, classes: ["studio couch", "convertible"]) {
        #expect($0.classOrder == [0, 1])
    }
}

@Test(arguments: [
    ("a b\nb c\nc a\nx car", EvaluationError.Code.cycle, "it has a cycle: a > b > c > a"),
    ("a a\nx car", .cycle, "it has a cycle: a > a"),
    (
        "animal cat\nanimal dog", .missingClass,
        "it has no car, fish; if it has identifiers instead of names, give their names with --names"
    ),
    ("animal cat\ndog", .malformedLine, "expected a parent and a child, found 1 words"),
    (
        "", .missingClass,
        "it has no car, cat, dog, fish; if it has identifiers instead of names, give their names with --names"
    ),
])
func saysWhatIsWrongWithAHierarchy(text: String, code: EvaluationError.Code, cause: String) {
    let error = #expect(throws: EvaluationError.self) { try withHierarchy(text) { _ in } }
    #expect(error?.code == code)
    #expect(error?.cause == cause)
}

@Test(arguments: [
    ("n1 crane\nn2 crane, bird", ["crane", "n3"], "crane is the name of several nodes: n1, n2"),
    ("n1 crane, bird\nn2 lynx", ["crane", "bird"], "crane and bird are both the node n1"),
])
func refusesNamesThatAreNotClear(names: String, classes: [String], cause: String) {
    let error = #expect(throws: EvaluationError.self) {
        try withHierarchy("a n1\na n2\na n3", names: names, classes: classes) { _ in }
    }
    #expect(error?.code == .missingClass)
    #expect(error?.cause == cause)
}

@Test(arguments: ["n1", "n1 a\nn1 b"]) func refusesNamesThatAreMalformed(names: String) {
    let error = #expect(throws: EvaluationError.self) {
        try withHierarchy(names: names) { _ in }
    }
    #expect(error?.code == .malformedLine)
}

/// A chain of so many nodes would be too deep for a recursion.
@Test func readsAVeryDeepHierarchy() throws {
    let chain = (0..<200_000).map { "\($0) \($0 + 1)" }.joined(separator: "\n")
    try withHierarchy(chain + "\n0 car", classes: ["car", "200000"]) {
        #expect($0.classOrder == [1, 0] || $0.classOrder == [0, 1])
    }
}

@Test func namesThatAreTooLongAreNotRead() throws {
    try withTemporaryFile("") { path in
        truncate(path, 1 << 40)
        let error = #expect(throws: FileError.self) { _ = try NameList(reading: path) }
        #expect(error?.code == .tooLarge)
    }
}
