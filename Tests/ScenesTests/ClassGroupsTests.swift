import Scenes
import Testing

private let classNames = ["airplane", "automobile", "ship", "truck"]

@Test func aStarTakesTheClassesThatNoOtherGroupNames() throws {
    let groups = try ClassGroups(["other=*", "car=automobile,truck", "boat=ship"], classNames: classNames)
    #expect(groups.names == ["other", "car", "boat"])
    #expect(groups.groupOfClass == [0, 1, 2, 1])
}

@Test func withoutRulesEachClassStandsForItself() throws {
    let groups = try ClassGroups([], classNames: classNames)
    #expect(groups.names == classNames)
    #expect(groups.groupOfClass == [0, 1, 2, 3])
}

@Test func classesThatNoGroupNamesAreLeftOut() throws {
    let groups = try ClassGroups(["boat=ship"], classNames: classNames)
    #expect(groups.groupOfClass == [nil, nil, 0, nil])
}

@Test(arguments: [
    (["car"], "NAME=CLASS"), (["=ship"], "NAME=CLASS"), (["boat="], "a class name is empty"),
    (["boat=ship,"], "a class name is empty"),
    (["boat=shp"], "there is no class shp; the pack has airplane, automobile, ship, truck"),
    (["boat=ship", "water=ship"], "the class ship is already in the group boat"),
    (["boat=ship,ship"], "the class ship is already in the group boat"),
    (["boat=ship", "boat=truck"], "the group boat is given twice"),
    (["car,van=truck"], "must not contain a comma"), (["bo\u{1B}at=ship"], "invisible characters"),
    (["b\u{202E}oat=ship"], "invisible characters"),
    ([" =ship"], "begin or end with a space"), (["boat =ship"], "begin or end with a space"),
    (["a=*", "b=*"], "* is given twice"),
    (["all=airplane,automobile,ship,truck", "other=*"], "no class is left for *"),
])
func refusesRulesThatDoNotFit(rules: [String], cause: String) throws {
    let error = try #require(throws: ScenesError.self) { try ClassGroups(rules, classNames: classNames) }
    #expect(error.code == .badGroups && error.cause.contains(cause), "\(error)")
}
