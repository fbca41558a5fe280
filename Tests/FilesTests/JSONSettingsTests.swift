import Files
import Foundation
import Testing

@Test func namesEachSettingByItsPlace() throws {
    let text = #"{"a":{"b":0.5,"c":[1,2],"d":{}},"e":"x/y","f":true,"g":null}"#
    #expect(
        try settings(ofJSON: Data(text.utf8)) == [
            "a.b": "0.5", "a.c": "[1,2]", "a.d": "{}", "e": "x/y", "f": "true", "g": "null",
        ])
}

@Test(arguments: ["", "[1]", "{"]) func settingsComeFromAnObjectOnly(text: String) {
    #expect(throws: (any Error).self) { try settings(ofJSON: Data(text.utf8)) }
}
