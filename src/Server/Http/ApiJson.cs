using System.Text.Json;
using System.Text.Json.Serialization;

namespace UnifiedVlm.Server.Http;

/// <summary>Source-generated JSON of everything the API says.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(DocumentListing))]
[JsonSerializable(typeof(IAsyncEnumerable<DocumentListing>))]
[JsonSerializable(typeof(DocumentReport))]
[JsonSerializable(typeof(CollectionListing[]))]
[JsonSerializable(typeof(DocumentAccepted))]
[JsonSerializable(typeof(DeadLetterListing))]
[JsonSerializable(typeof(DeadLetterPage))]
[JsonSerializable(typeof(DeadLetterReport))]
[JsonSerializable(typeof(DeadLettersQueued))]
[JsonSerializable(typeof(DeadLettersDropped))]
[JsonSerializable(typeof(DocumentErased))]
[JsonSerializable(typeof(BlobAccepted))]
[JsonSerializable(typeof(DocumentsAccepted))]
[JsonSerializable(typeof(DocumentStatus))]
[JsonSerializable(typeof(SubscriptionAdded))]
[JsonSerializable(typeof(SubscriptionPage))]
[JsonSerializable(typeof(SearchAnswer))]
[JsonSerializable(typeof(AnswerToken))]
[JsonSerializable(typeof(AnswerCitation))]
[JsonSerializable(typeof(AnswerDone))]
[JsonSerializable(typeof(AnswerError))]
[JsonSerializable(typeof(AskAnswer))]
internal sealed partial class ApiJson : JsonSerializerContext;
