namespace UnifiedVlm.Storage.Search;

/// <summary>The lists that candidates are taken from.</summary>
[Flags]
public enum SearchLists
{
    None = 0,

    /// <summary>Documents by their nearest part.</summary>
    Parts = 1,

    /// <summary>Documents by their own vector.</summary>
    Documents = 2,

    /// <summary>Documents by words.</summary>
    Text = 4,

    /// <summary>Documents that hold the question's very pictures.</summary>
    Pictures = 8,

    All = Parts | Documents | Text | Pictures,
}
