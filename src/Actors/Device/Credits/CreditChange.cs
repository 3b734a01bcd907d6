namespace UnifiedVlm.Actors.Device.Credits;

/// <summary>One of the two.</summary>
/// <param name="Granted">To be told to the borrower.</param>
/// <param name="Recalled">To be asked back, as far as it is unused.</param>
public readonly record struct CreditChange(Borrower Borrower, long Granted, long Recalled);
