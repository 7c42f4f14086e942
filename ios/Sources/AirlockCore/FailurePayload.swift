import Foundation

extension FailureInfo {
    /// `FailureInfo` of src-ts/failures.ts.
    var payload: Payload {
        [
            "version": version, "code": code, "phase": phase, "count": Int(count), "attempt": Int(attempt),
            "firstAt": firstAt, "lastAt": lastAt, "reason": reason,
        ]
    }
}
