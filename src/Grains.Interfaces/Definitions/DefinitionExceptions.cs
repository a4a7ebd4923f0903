using Colloquy.Errors;

namespace Colloquy.Definitions;

/// <param name="kind"><c>agent</c> or <c>environment</c>.</param>
[GenerateSerializer, Alias("definitions.not-found")]
public sealed class DefinitionNotFoundException(string kind, string what)
    : ColloquyException($"{kind}_not_found", $"There is no {kind} {what}. GET /v1/{kind}s lists what there is.");

[GenerateSerializer, Alias("definitions.version-conflict")]
public sealed class VersionConflictException(string id, int latest)
    : ColloquyException(
        "version_conflict",
        $"'{id}' has been changed since it was read: its version is now {latest}. Nothing was changed. Read it again " +
        "and repeat the change with that version.");

[GenerateSerializer, Alias("definitions.archived")]
public sealed class DefinitionArchivedException(string id)
    : ColloquyException("archived", $"'{id}' is archived and cannot be changed any more. Create a new one instead.");

[GenerateSerializer, Alias("definitions.built-in")]
public sealed class BuiltInDefinitionException(string kind, string id)
    : ColloquyException(
        "built_in",
        $"The {kind} '{id}' is built in: it can neither be changed nor archived nor deleted. Create your own with " +
        $"POST /v1/{kind}s.");

/// <summary>Whether the change was stored is unknown.</summary>
[GenerateSerializer, Alias("definitions.outcome-unknown")]
public sealed class DefinitionNotConfirmedException(string id, Exception? inner = null)
    : ColloquyException(
        "outcome_unknown",
        $"'{id}' could not confirm that the change was stored. Read it again, or repeat the request: the same " +
        "Idempotency-Key creates one definition.", inner);
