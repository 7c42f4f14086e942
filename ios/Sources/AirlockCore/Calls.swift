import Foundation

/// The plugin's methods: the names of src-ts/definitions.ts.
public enum AirlockMethod: String, CaseIterable {
    case notifyAppReady
    case current
    case getLatest
    case sync
    case download
    case next
    case set
    case reload
    case reset
    case list
    case delete
    case getNextBundle
    case getFailedUpdate
    case setMultiDelay
    case cancelDelay
    case getDelayConditions
    case cancelDownload
    case setRequestToken
    case setRequestKey
    case getFailures
    case setChannel
    case unsetChannel
    case getChannel
    case listChannels
    case getDeviceId
    case setCustomId
    case triggerUpdateCheck

    /// Asks a server, so it may take as long as the network does.
    var usesNetwork: Bool {
        switch self {
        case .getLatest, .sync, .download, .setChannel, .unsetChannel, .getChannel, .listChannels: return true
        default: return false
        }
    }

    /// Ends the page that calls it.
    var endsPage: Bool {
        switch self {
        case .set, .reload, .reset: return true
        default: return false
        }
    }
}

/// How a method ended well.
enum Outcome {
    /// What JavaScript gets; `nil` where it gets nothing.
    case answer(Payload?)
    /// The same, and what `autoUpdate` asks for follows.
    case answerAndUpdate(Payload?)
    /// Another launch is to be shown. The page that asked ends without an answer.
    case show(Launch)
    /// What `autoUpdate` asks for is to be done now, unless it is under way.
    case update
}

/// A method's name and options become a call of the engine, its answer the payload that JavaScript sees.
/// Every call blocks; those that use the network for as long as that takes. Errors: `Rejection`.
struct Calls {
    let airlock: Airlock

    func perform(_ method: AirlockMethod, _ options: Options) throws -> Outcome {
        switch method {
        case .notifyAppReady: return .answer(try notifyAppReady(options))
        case .current: return .answer(try airlock.current().payload)
        case .getLatest: return .answer(try airlock.check().payload)
        case .sync: return .answer(try airlock.sync().payload)
        case .download: return .answer(try download(options))
        case .next: return .answer(try airlock.next(id: options.required("id")).payload)
        case .set: return .show(try airlock.set(id: options.required("id")))
        case .reload: return .show(try airlock.reload())
        case .reset: return .show(try airlock.reset(to: resetTarget(options)))
        case .list: return .answer(["bundles": try airlock.list().map(\.payload)])
        case .delete: return try delete(options)
        case .getNextBundle: return .answer(try airlock.nextBundle()?.payload)
        case .getFailedUpdate: return .answer(try airlock.takeFailedUpdate()?.payload)
        case .setMultiDelay: return try delay(until: options.delayConditions())
        case .cancelDelay: return try delay(until: [])
        case .getDelayConditions:
            return .answer(["delayConditions": try airlock.delayConditions().map(\.payload)])
        case .cancelDownload: return try nothing { try airlock.cancel() }
        case .setRequestToken: return try nothing { try airlock.setRequestToken(token: options.optional("token")) }
        case .setRequestKey: return try nothing { try airlock.setRequestKey(key: options.optional("key")) }
        case .triggerUpdateCheck: return .update
        case .getFailures: return .answer(["failures": try airlock.failures().map(\.payload)])
        case .setChannel:
            return try triggering(options) { try airlock.setChannel(channel: options.required("channel")).payload }
        case .unsetChannel:
            return try triggering(options) {
                try airlock.unsetChannel()
                return nil
            }
        case .getChannel: return .answer(try airlock.channel().payload)
        case .getDeviceId: return .answer(["deviceId": try airlock.deviceId()])
        case .setCustomId: return try nothing { try airlock.setCustomId(customId: options.text("customId")) }
        case .listChannels: return .answer(["channels": try airlock.channels().map(\.payload)])
        }
    }

    /// A token that is not the current launch's confirms nothing (R2); the answer names the bundle that really runs.
    private func notifyAppReady(_ options: Options) throws -> Payload {
        ["bundle": try airlock.ready(token: options.optional("token") ?? "").bundle.payload]
    }

    private func download(_ options: Options) throws -> Payload {
        let request = DownloadRequest(
            url: try options.required("url"),
            version: try options.required("version"),
            checksum: try options.optional("checksum"),
            sessionKey: try options.optional("sessionKey")
        )
        return try airlock.download(request: request).payload
    }

    private func resetTarget(_ options: Options) throws -> ResetTo {
        try options.flag("toLastSuccessful") ? .lastSuccessful : .embedded
    }

    private func nothing(_ work: () throws -> Void) throws -> Outcome {
        try work()
        return .answer(nil)
    }

    private func triggering(_ options: Options, _ work: () throws -> Payload?) throws -> Outcome {
        let triggers = try options.flag("triggerAutoUpdate")
        let payload = try work()
        return triggers ? .answerAndUpdate(payload) : .answer(payload)
    }

    private func delete(_ options: Options) throws -> Outcome {
        try airlock.delete(id: options.required("id"))
        return .answer(nil)
    }

    private func delay(until conditions: [DelayCondition]) throws -> Outcome {
        try airlock.delayUntil(conditions: conditions)
        return .answer(nil)
    }
}
