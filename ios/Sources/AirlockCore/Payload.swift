import Foundation

/// What JavaScript sees, in the shapes of src-ts/definitions.ts. A field without a value is left out.
public typealias Payload = [String: Any]

extension BundleInfo {
    var payload: Payload {
        Payload(present: [
            "id": id, "version": version, "downloaded": downloaded, "checksum": checksum, "status": status,
            "sequence": number(sequence),
        ])
    }
}

extension Current {
    var payload: Payload { ["bundle": bundle.payload, "native": native] }
}

extension LatestVersion {
    var payload: Payload {
        Payload(present: [
            "version": version, "kind": kind, "sequence": number(sequence), "checksum": checksum, "error": error,
            "message": message,
        ])
    }
}

extension SyncResult {
    var payload: Payload {
        Payload(present: [
            "result": result, "bundle": bundle?.payload, "bytesDownloaded": number(bytesDownloaded), "route": route,
            "code": code, "message": message, "reason": reason,
        ])
    }
}

extension DownloadResult {
    var payload: Payload {
        var payload = bundle.payload
        if !warnings.isEmpty { payload["warnings"] = warnings }
        return payload
    }
}

extension FailedUpdate {
    var payload: Payload { ["bundle": bundle.payload] }
}

extension DelayCondition {
    var payload: Payload { Payload(present: ["kind": kind, "value": value]) }
}

extension FollowedChannel {
    var payload: Payload { ["channel": channel, "status": status, "allowSet": allowSet] }
}

extension ChannelInfo {
    var payload: Payload {
        Payload(present: ["id": number(id), "name": name, "public": isPublic, "allow_self_set": allowSelfSet])
    }
}

extension AirlockEvent {
    /// The event's name and payload in src-ts/events.ts.
    var named: (name: String, payload: Payload) {
        switch self {
        case .download(let percent, let bundle):
            return ("download", ["percent": Int(percent), "bundle": bundle.payload])
        case .updateAvailable(let bundle):
            return ("updateAvailable", ["bundle": bundle.payload])
        case .downloadComplete(let bundle):
            return ("downloadComplete", ["bundle": bundle.payload])
        case .downloadFailed(let version, let code, let reason, let attempt, let phase):
            let payload: Payload = [
                "version": version, "code": code, "reason": reason, "attempt": Int(attempt), "phase": phase,
            ]
            return ("downloadFailed", payload)
        case .updateFailed(let bundle, let code, let reason, let attempt, let phase, let version):
            let payload: Payload = [
                "bundle": bundle.payload, "version": version, "code": code, "reason": reason,
                "attempt": Int(attempt), "phase": phase,
            ]
            return ("updateFailed", payload)
        case .set(let bundle):
            return ("set", ["bundle": bundle.payload])
        case .appReady(let bundle, let status):
            return ("appReady", ["bundle": bundle.payload, "status": status])
        case .appReloaded:
            return ("appReloaded", [:])
        }
    }
}

extension Dictionary where Key == String, Value == Any {
    fileprivate init(present fields: [String: Any?]) {
        self = fields.compactMapValues { $0 }
    }
}

/// JavaScript counts up to 2^53 exactly; `NSNumber` is what the bridge's JSON writer takes for 64 bits.
private func number(_ value: UInt64?) -> NSNumber? {
    value.map { NSNumber(value: $0) }
}
