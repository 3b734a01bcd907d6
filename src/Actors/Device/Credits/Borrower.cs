namespace UnifiedVlm.Actors.Device.Credits;

/// <summary>A node as a <see cref="CreditLedger"/> knows it. Guarded by the ledger.</summary>
public sealed class Borrower
{
    /// <summary>Granted, and as far as is known here not used yet.</summary>
    internal long Unspent { get; set; }

    internal long InWork { get; set; }

    internal long Wanted { get; set; }

    internal long Largest { get; set; }

    /// <summary>Asked back and not answered.</summary>
    internal long Recalled { get; set; }

    /// <summary>It had not all that was asked back, the rest being on its way as work: there is no use in asking again before something has changed.</summary>
    internal bool IsEmpty { get; set; }

    /// <summary>Something was granted after it was last asked: its answer may have been on its way before that came, and does not speak of it.</summary>
    internal bool IsAnswerOld { get; set; }

    internal bool HasLeft { get; set; }

    internal long Held => Unspent + InWork;

    internal long Demand => Wanted + InWork;
}
