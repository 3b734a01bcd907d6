namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>What a fact answers: chooses the wordings of its question.</summary>
internal enum FactKind
{
    /// <summary>What the page's tool, filter or command does.</summary>
    Purpose,

    /// <summary>What a thing is.</summary>
    Definition,

    /// <summary>In which menu a tool is found.</summary>
    Place,

    /// <summary>Its keyboard shortcut.</summary>
    Shortcut,

    /// <summary>What an option of a tool does.</summary>
    Option,

    /// <summary>What a key does while a tool is used.</summary>
    Modifier,

    /// <summary>How something is done.</summary>
    HowTo,

    /// <summary>What a parameter of a function or class means.</summary>
    Parameter,

    /// <summary>What a function, class or method does.</summary>
    Function,
}
