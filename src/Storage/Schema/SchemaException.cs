namespace UnifiedVlm.Storage.Schema;

/// <summary>The database can't be brought to the schema of this program. The message says what an administrator has to do.</summary>
public class SchemaException(string problem, string fix, Exception? inner = null) : Exception($"{problem} {fix}", inner);
